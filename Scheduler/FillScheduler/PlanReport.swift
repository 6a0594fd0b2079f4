import Foundation
import SchedulingCore
import SchedulingStrategies

/// A run as `plan --format json` prints it; hours as numbers.
struct PlanReport: Encodable {
    var run: PlanRun

    init(_ run: PlanRun) { self.run = run }

    enum CodingKeys: String, CodingKey {
        case strategy, makespan, utilization, changeovers, blocks, bound, gap, proven, seconds, kpis,
            activities
        case lotsScheduled = "lots_scheduled"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try encodeFigures(to: &container)
        try container.encode(run.plan.result.kpis, forKey: .kpis)
        try container.encode(run.plan.result.activities, forKey: .activities)
    }

    /// All but the KPIs and the activities; `bound` and `gap` are null where the strategy knows none.
    func encodeFigures(to container: inout KeyedEncodingContainer<CodingKeys>) throws {
        let result = run.plan.result
        try container.encode(run.strategy, forKey: .strategy)
        try container.encode(result.makespan, forKey: .makespan)
        try container.encode(result.utilization, forKey: .utilization)
        try container.encode(result.changeovers, forKey: .changeovers)
        try container.encode(result.kpis.blocks, forKey: .blocks)
        try container.encode(result.lotsScheduled, forKey: .lotsScheduled)
        try container.encode(run.plan.bound, forKey: .bound)
        try container.encode(run.plan.gap, forKey: .gap)
        try container.encode(run.plan.isProven, forKey: .proven)
        try container.encode(run.seconds, forKey: .seconds)
    }

    func json() throws -> String {
        try ReportJSON.text(self)
    }
}

enum ReportJSON {
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
