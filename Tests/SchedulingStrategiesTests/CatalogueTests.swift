import SchedulingCore
import SchedulingStrategies
import Testing

@Suite("The catalogue of strategies")
struct CatalogueTests {
    @Test(
        "a strategy is found by its name or alias, in any case, with _ for -",
        arguments: [
            ("smart-pack", "smart-pack"), ("smart", "smart-pack"), ("SPT", "spt-pack"),
            ("lpt_pack", "lpt-pack"),
            (" cfs ", "cfs-pack"), ("Hybrid_Pack", "hybrid-pack"), ("MILP_OPT", "milp-opt"),
            ("milp", "milp-opt"),
        ])
    func found(name: String, strategy: String) throws {
        #expect(try Catalogue.entry(named: name).name == strategy)
    }

    @Test("seed bug 11: an unknown strategy is refused with the names of those that there are")
    func unknown() throws {
        let refusal = try #require(throws: StrategyRefusal.self) { try Catalogue.entry(named: "nonexistent") }
        #expect(refusal == .unknown("nonexistent"))
        for entry in Catalogue.entries { #expect(refusal.description.contains(entry.name)) }
        #expect(refusal.faults().faults.map(\.field) == ["strategy"])
        #expect(throws: StrategyRefusal.unknown("")) { try Catalogue.entry(named: "") }
        #expect(throws: StrategyRefusal.self) { try Catalogue.strategy(named: "spt pack") }
    }

    @Test("an unknown name is repeated without control characters and not at any length")
    func shownSafely() {
        let refusal = StrategyRefusal.unknown("\u{1B}[2J" + String(repeating: "x", count: 10_000))
        #expect(!refusal.description.contains("\u{1B}") && refusal.description.count < 300)
    }

    @Test("every strategy can be used, the default one among them")
    func available() throws {
        for entry in Catalogue.entries { _ = try Catalogue.strategy(named: entry.name) }
        #expect(try Catalogue.strategy(named: "milp") is MilpOpt)
        #expect(try Catalogue.entry(named: Catalogue.defaultName).name == "smart-pack")
    }

    @Test("no name or alias stands for two strategies")
    func distinct() {
        let names = Catalogue.entries.flatMap { [$0.name] + $0.aliases }
        #expect(Set(names).count == names.count)
        #expect(Catalogue.entries.count == 6)
    }
}
