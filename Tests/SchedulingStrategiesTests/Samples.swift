import Foundation
import SchedulingCore
import SchedulingStrategies
import TestSupport

enum Sample {
    static let definitions = ["spt-pack", "lpt-pack", "cfs-pack"]
    static let strategies = Catalogue.entries.map(\.name)

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

    /// A task that depends on `seed` only: 1 to `most` lots, with every setting at random: a matrix with some
    /// or all pairs in every other task, spans down to a ten-thousandth of an hour, constants of either order.
    static func anything(seed: UInt64, most: Int) throws -> PlanningTask {
        var random = SplitMix(seed: seed &* 0x9E37_79B9_7F4A_7C15)
        func hours(_ most: Int64) -> Hours {
            let unit: Int64 = [1, 2_500, 10_000, 10_000].randomElement(using: &random) ?? 1
            return Hours(tenThousandths: .random(in: 0...most * 10_000 / unit, using: &random) * unit)
        }
        let types = Int.random(in: 1...5, using: &random)
        var pairs: [String: [String: Hours]] = [:]
        if Bool.random(using: &random) {
            let share = Int.random(in: 1...4, using: &random)
            let longest: Int64 = [2, 12, 40].randomElement(using: &random) ?? 2
            for (first, second) in (0..<types).flatMap({ first in (0..<types).map { (first, $0) } })
            where share == 4 || Int.random(in: 0..<4, using: &random) < share {
                pairs["T\(first)", default: [:]]["T\(second)"] = hours(longest)
            }
        }
        let window = Hours(tenThousandths: .random(in: 100_000...2_000_000, using: &random))
        let rates: [Int64] = [1, 60, 19_920, .random(in: 1...50_000, using: &random)]
        let rules = LineRules(
            fillRate: VialsPerHour(rates.randomElement(using: &random) ?? 1), clean: hours(30),
            window: window,
            sameTypeChangeover: hours(10), otherTypeChangeover: hours(20),
            changeoverMatrix: ChangeoverMatrix(pairs) ?? .none)
        guard let rules else { throw BadSample() }
        let fitting = min(
            100_000_000, rules.ticks(window).count / rules.fillTime(of: Vials(1)).count)
        let share: Int64 = [1, 2, 4, 30].randomElement(using: &random) ?? 1
        let lots = (0..<Int.random(in: 1...most, using: &random)).map { index in
            Lot(
                id: "L\(index)", type: "T\(Int.random(in: 0..<types, using: &random))",
                vials: Vials(.random(in: 1...max(1, fitting / share), using: &random)),
                priority: Bool.random(using: &random) ? .random(in: 0...3, using: &random) : nil)
        }
        let config = PlanningConfig(
            rules: rules, clusterOrder: Bool.random(using: &random) ? .count : .hours,
            withinCluster: Bool.random(using: &random) ? .longestFirst : .shortestFirst)
        return PlanningTask(lots: lots, config: config)
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

/// The least makespan of a few lots, found by trying every order and every place for cleans.
enum EverySchedule {
    static func leastMakespan(of task: PlanningTask) -> Ticks {
        let rules = task.config.rules
        let (clean, window) = (rules.ticks(rules.clean).count, rules.ticks(rules.window).count)
        var best = Int64.max
        func go(_ left: [Int], _ last: Int?, _ spent: Int64, _ inBlock: Int64) {
            if left.isEmpty { best = min(best, spent) }
            for (place, lot) in left.enumerated() {
                var rest = left
                rest.remove(at: place)
                let fill = rules.fillTime(of: task.lots[lot].vials).count
                go(rest, lot, spent + clean + fill, fill)
                guard let last else { continue }
                let change = rules.changeover(from: task.lots[last].type, to: task.lots[lot].type).count
                if inBlock + change + fill <= window {
                    go(rest, lot, spent + change + fill, inBlock + change + fill)
                }
            }
        }
        go(Array(task.lots.indices), nil, 0, 0)
        return Ticks(best)
    }
}

struct BadSample: Error {}
