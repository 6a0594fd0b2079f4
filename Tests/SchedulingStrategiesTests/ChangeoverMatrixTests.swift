import SchedulingCore
import TestSupport
import Testing

@testable import SchedulingStrategies

@Suite("Planning with a changeover matrix")
struct ChangeoverMatrixTests {
    /// Lots L0, L1 and so on at a vial an hour, with hours by pair of types such as `AB`.
    private func task(
        _ sizes: [(type: String, hours: Int64)], _ pairs: [String: Int64], clean: Int64 = 24,
        window: Int64 = 120
    ) throws -> PlanningTask {
        var task = try Sample.hourly(sizes, clean: clean, window: window)
        var hours: [String: [String: Hours]] = [:]
        for (pair, span) in pairs {
            hours[String(pair.prefix(1)), default: [:]][String(pair.suffix(1))] = Hours(span)
        }
        let rules = task.config.rules
        task.config.rules = try #require(
            LineRules(
                fillRate: rules.fillRate, clean: rules.clean, window: rules.window,
                sameTypeChangeover: rules.sameTypeChangeover, otherTypeChangeover: rules.otherTypeChangeover,
                changeoverMatrix: ChangeoverMatrix(hours) ?? .none))
        return task
    }

    @Test("the definitions take the first lot that fits with its own changeover, and keep to their order")
    func definitions() throws {
        // After 70 h of A, 42 h of B would fit with the constant of 8 h, but not with their own 20 h.
        let task = try task([("A", 70), ("B", 42), ("C", 40)], ["AB": 20, "AC": 2])
        #expect(try Sample.blocks(task, "lpt-pack") == [["L0", "L2"], ["L1"]])
        #expect(try Sample.plan(task, "lpt-pack").result.makespan == 202)
    }

    @Test("types go in the direction that takes less, on every strategy that does not define the order")
    func direction() throws {
        let task = try task(
            [("A", 30), ("B", 20), ("C", 10)], ["AB": 20, "BA": 1, "CB": 1, "BC": 20, "AC": 9, "CA": 9])
        for name in ["smart-pack", "hybrid-pack", "milp-opt"] {
            #expect(try Sample.blocks(task, name) == [["L2", "L1", "L0"]], "\(name)")
        }
        #expect(try Sample.plan(task, "milp-opt").isProven)
    }

    @Test("types take turns where staying on a type takes longer than leaving it")
    func turns() throws {
        let lots = (0..<6).map { (type: $0 < 3 ? "A" : "B", hours: Int64(5)) }
        let task = try task(lots, ["AA": 20, "BB": 20, "AB": 1, "BA": 2])
        for name in ["smart-pack", "hybrid-pack", "milp-opt"] {
            #expect(try Sample.plan(task, name).result.makespan == 24 + 30 + 7, "\(name)")
        }
    }

    @Test("where every switch takes the same, and staying is its type's own, the answer is exact")
    func exactClasses() throws {
        var lots: [(type: String, hours: Int64)] = []
        for index in 0..<24 {
            lots.append((type: ["A", "B", "C"][index % 3], hours: Int64(7 + index * 5 % 23)))
        }
        var pairs: [String: Int64] = ["AA": 1, "BB": 3, "CC": 6]
        for first in ["A", "B", "C"] {
            for second in ["A", "B", "C"] where first != second { pairs[first + second] = 6 }
        }
        let problem = PackingProblem(try task(lots, pairs))
        #expect(PackingRelaxation(problem).isExact)
        #expect(problem.changeovers.uniformSwitch == Hours(6).tenThousandths)
        let plan = try Sample.plan(try task(lots, pairs), "milp-opt")
        #expect(plan.isProven)
        pairs["AB"] = 7
        #expect(!PackingRelaxation(PackingProblem(try task(lots, pairs))).isExact)
        pairs["AB"] = 6
        pairs["CC"] = 7
        #expect(!PackingRelaxation(PackingProblem(try task(lots, pairs))).isExact)
    }

    @Test("types between which every switch is as long as a clean are packed apart, and exactly")
    func apart() throws {
        let lots = (0..<16).map { (type: $0 < 8 ? "A" : "B", hours: Int64(10 + $0)) }
        let task = try task(lots, ["AB": 24, "BA": 30, "AA": 3, "BB": 5])
        let relaxation = PackingRelaxation(PackingProblem(task))
        #expect(relaxation.isExact && relaxation.parts.count == 2)
        #expect(try Sample.plan(task, "milp-opt").isProven)
        let linked = try self.task(lots, ["AB": 24, "BA": 23, "AA": 3, "BB": 5])
        #expect(PackingRelaxation(PackingProblem(linked)).parts.count == 1)
    }

    @Test("with more lots than can be looked at it says how far from the best it may be")
    func bound() throws {
        for seed in 0..<10 as Range<UInt64> {
            let task = try Self.random(seed: seed, lots: 30)
            let plan = try Sample.plan(task, "milp-opt")
            let bound = try #require(plan.bound)
            #expect(bound <= plan.result.makespan && bound > 0.8 * plan.result.makespan, "seed \(seed)")
            #expect(plan.isProven == (bound == plan.result.makespan))
        }
    }

    @Test("a block's order is the best of all, and one of a large block no worse than grouping")
    func orders() throws {
        for seed in 0..<60 as Range<UInt64> {
            let small = PackingProblem(try Self.random(seed: seed, lots: 6))
            let arranged = BlockOrder(small).arranged(Array(0..<6))
            #expect(arranged.sorted() == Array(0..<6))
            #expect(small.span(of: arranged) == Self.leastSpan(small, []), "seed \(seed)")
            let large = PackingProblem(try Self.random(seed: seed, lots: 60))
            let all = Array(0..<60)
            let grouped = all.sorted { (large.type[$0], $0) < (large.type[$1], $1) }
            let best = BlockOrder(large).arranged(all)
            #expect(best.sorted() == all)
            #expect(large.span(of: best) <= min(large.span(of: all), large.span(of: grouped)))
        }
    }

    private static func leastSpan(_ problem: PackingProblem, _ order: [Int]) -> Int64 {
        if order.count == problem.lotCount { return problem.span(of: order) }
        return (0..<problem.lotCount).filter { !order.contains($0) }
            .map { leastSpan(problem, order + [$0]) }.min() ?? 0
    }

    @Test("a hundred types in a matrix, and as many lots as the service takes, are planned")
    func many() throws {
        var random = SplitMix(seed: 3)
        var hours: [String: [String: Hours]] = [:]
        for first in 0..<100 {
            for second in 0..<100 {
                hours["T\(first)", default: [:]]["T\(second)"] = Hours(.random(in: 2...20, using: &random))
            }
        }
        let rules = try #require(
            LineRules(
                fillRate: VialsPerHour(19_920), clean: Hours(24), window: Hours(120),
                sameTypeChangeover: Hours(4), otherTypeChangeover: Hours(8),
                changeoverMatrix: ChangeoverMatrix(hours) ?? .none))
        let lots = (0..<InputLimits.mostLots).map { index in
            Lot(
                id: "L\(index)", type: "T\(Int.random(in: 0..<120, using: &random))",
                vials: Vials(.random(in: 10_000...1_200_000, using: &random)))
        }
        let task = PlanningTask(lots: lots, config: PlanningConfig(rules: rules))
        for name in Sample.definitions {
            #expect(try Sample.plan(task, name).result.lotsScheduled == lots.count)
        }
    }

    /// Lots of 1 to 40 h of five types with changeovers of 1 to 20 h in each direction.
    private static func random(seed: UInt64, lots count: Int) throws -> PlanningTask {
        var random = SplitMix(seed: seed)
        let types = ["A", "B", "C", "D", "E"]
        var hours: [String: [String: Hours]] = [:]
        for first in types {
            for second in types {
                hours[first, default: [:]][second] = Hours(.random(in: 1...20, using: &random))
            }
        }
        let sizes = (0..<count).map { _ in
            (
                type: types.randomElement(using: &random) ?? "A",
                hours: Int64.random(in: 1...40, using: &random)
            )
        }
        var task = try Sample.hourly(sizes)
        task.config.rules = try #require(
            LineRules(
                fillRate: VialsPerHour(1), clean: Hours(24), window: Hours(120), sameTypeChangeover: Hours(4),
                otherTypeChangeover: Hours(8), changeoverMatrix: ChangeoverMatrix(hours) ?? .none))
        return task
    }
}
