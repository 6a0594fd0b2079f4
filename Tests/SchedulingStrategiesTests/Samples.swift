import Foundation
import SchedulingCore
import SchedulingStrategies
import TestSupport

enum Sample {
    static let definitions = ["spt-pack", "lpt-pack", "cfs-pack"]
    static let available = Catalogue.entries.filter(\.isAvailable).map(\.name)

    /// The lots of a file of `Tests/Fixtures`, under the standard rules.
    static func task(_ file: String) throws -> PlanningTask {
        PlanningTask(lots: try LotsCSV.read(try Fixtures.bytes(file), rules: .standard).valid())
    }

    /// Lots of the wanted types and hours, named L0, L1 and so on, at a vial an hour.
    static func hourly(
        _ sizes: [(type: String, hours: Int64)], clean: Int64 = 24, window: Int64 = 120, same: Int64 = 4,
        other: Int64 = 8
    ) throws -> PlanningTask {
        let rules = try rules(rate: 1, clean: clean, window: window, same: same, other: other)
        let lots = sizes.enumerated().map {
            Lot(id: "L\($0.offset)", type: $0.element.type, vials: Vials($0.element.hours))
        }
        return PlanningTask(lots: lots, config: PlanningConfig(rules: rules))
    }

    static func rules(rate: Int64, clean: Int64, window: Int64, same: Int64, other: Int64) throws -> LineRules
    {
        guard
            let rules = LineRules(
                fillRate: VialsPerHour(rate), clean: Hours(clean), window: Hours(window),
                sameTypeChangeover: Hours(same), otherTypeChangeover: Hours(other))
        else { throw BadSample() }
        return rules
    }

    /// A task that depends on `seed` only: 1 to 40 lots of 1 to 8 types, small ones, large ones or both, some
    /// of equal size, under rules that are standard or strange.
    static func random(seed: UInt64) throws -> PlanningTask {
        var random = SplitMix(seed: seed)
        let rules =
            switch seed % 4 {
            case 0:
                try rules(
                    rate: .random(in: 1...50_000, using: &random), clean: .random(in: 0...48, using: &random),
                    window: .random(in: 1...200, using: &random), same: .random(in: 0...12, using: &random),
                    other: .random(in: 0...24, using: &random))
            default: LineRules.standard
            }
        let most = rules.ticks(rules.window).count / rules.fillTime(of: Vials(1)).count
        let share: Int64 = [1, 2, 4, 30].randomElement(using: &random) ?? 1
        let types = Int.random(in: 1...8, using: &random)
        let lots = (0..<Int.random(in: 1...40, using: &random)).map { index in
            var vials = Int64.random(in: 1...max(1, most / share), using: &random)
            if Bool.random(using: &random) { vials = max(1, vials / 10_000 * 10_000) }
            return Lot(
                id: "L\(index)", type: "T\(Int.random(in: 0..<types, using: &random))",
                vials: Vials(min(vials, most)))
        }
        return PlanningTask(lots: lots, config: PlanningConfig(rules: rules))
    }

    /// The plan of `task`, which has passed its audit.
    static func plan(_ task: PlanningTask, _ strategy: String) throws -> Planner.Plan {
        let strategy = try Catalogue.strategy(named: strategy)
        return try Planner.plan(task, with: strategy, startingAt: UTCTime(microseconds: 0))
    }

    /// The IDs that `strategy` puts in each block.
    static func blocks(_ task: PlanningTask, _ strategy: String) throws -> [[String]] {
        let decision = try Catalogue.strategy(named: strategy).decide(task, watch: PlanningWatch())
        return decision.sequence.blocks.map { $0.map { task.lots[$0].id } }
    }
}

struct BadSample: Error {}
