import Crypto
import Foundation
import NIOCore
import SchedulerStore
import SchedulingCore
import ServiceCore

/// A comparison as the API shows it.
struct ComparisonDocument: Encodable {
    let comparison: Comparison
    /// What the submitter should know; only on the answer to a submission.
    var warnings: [Problem.Fault]?
    /// Whether the settings are told: everywhere but in lists.
    var hasConfig = true
    /// Whether the strategies are told here; not where they are written with their results.
    private var hasStrategies = true

    init(_ comparison: Comparison, warnings: [Problem.Fault]? = nil, hasConfig: Bool = true) {
        self.comparison = comparison
        self.warnings = warnings
        self.hasConfig = hasConfig
    }

    private enum CodingKeys: String, CodingKey {
        case id, owner, name, status, version, template, config, bound, warnings, strategies
        case lotsCount = "lots_count"
        case startTime = "start_time"
        case createdAt = "created_at"
        case finishedAt = "finished_at"
        case bestStrategy = "best_strategy"
        case bestMakespan = "best_makespan"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(comparison.id, forKey: .id)
        try container.encode(comparison.owner, forKey: .owner)
        try container.encode(comparison.name, forKey: .name)
        try container.encode(comparison.status.rawValue, forKey: .status)
        try container.encode(comparison.version, forKey: .version)
        try container.encode(comparison.templateID, forKey: .template)
        if hasConfig {
            let config = comparison.config.flatMap {
                try? JSONDecoder().decode(PlanningConfig.self, from: $0)
            }
            try container.encode(config, forKey: .config)
        }
        try container.encode(comparison.lotsCount, forKey: .lotsCount)
        try container.encode(comparison.startTime, forKey: .startTime)
        try container.encode(comparison.createdAt, forKey: .createdAt)
        try container.encode(comparison.finishedAt, forKey: .finishedAt)
        try container.encode(comparison.best?.strategy, forKey: .bestStrategy)
        try container.encode(comparison.best?.quality?.makespan, forKey: .bestMakespan)
        try container.encode(comparison.bound, forKey: .bound)
        try container.encodeIfPresent(warnings, forKey: .warnings)
        if hasStrategies {
            try container.encode(
                comparison.schedules.map(ComparedStrategyDocument.init), forKey: .strategies)
        }
    }

    /// The document with a result beside each strategy that has one: its key figures, or all of it.
    ///
    /// - Parameter results: In the order of the comparison's schedules.
    /// - Throws: `StoreFault.damaged` for a result that is not one.
    func encoded(
        with results: [StoredResult?], hasActivities: Bool
    ) throws(StoreFault) -> ByteBuffer {
        var outer = self
        outer.hasStrategies = false
        var buffer = ByteBuffer()
        buffer.writeBytes(WireJSON.data(outer).dropLast())
        buffer.writeString(#","strategies":["#)
        for (index, (schedule, result)) in zip(comparison.schedules, results).enumerated() {
            if index > 0 { buffer.writeString(",") }
            buffer.writeBytes(WireJSON.data(ComparedStrategyDocument(schedule)).dropLast())
            buffer.writeString(#","result":"#)
            switch result {
            case nil: buffer.writeString("null")
            // JSON already, and not read again on its way out.
            case let result? where hasActivities: buffer.writeBytes(result.document)
            case let result?:
                buffer.writeBytes(WireJSON.data(try result.decoded(as: ResultFigures.self, of: schedule)))
            }
            buffer.writeString("}")
        }
        buffer.writeString("]}")
        return buffer
    }
}

extension Comparison {
    /// The validator of a comparison that has ended, which never changes again.
    func entityTag(hasActivities: Bool) -> EntityTag {
        var hash = SHA256()
        for schedule in schedules { hash.update(data: Data("\(schedule.id) \(schedule.version)\n".utf8)) }
        return EntityTag(
            hasActivities ? .comparisonWithActivities : .comparison,
            digest: String(decoding: Base64URL.encode(hash.finalize()), as: UTF8.self))
    }
}

/// A page of comparisons as the API shows it.
struct ComparisonPageDocument: Encodable {
    let comparisons: [ComparisonDocument]
    let total: Int
    let page: Int
    let pageSize: Int

    private enum CodingKeys: String, CodingKey {
        case comparisons, total, page
        case pageSize = "page_size"
    }
}

/// One strategy of a comparison as the API shows it, without its result.
private struct ComparedStrategyDocument: Encodable {
    let schedule: Schedule

    init(_ schedule: Schedule) { self.schedule = schedule }

    private enum CodingKeys: String, CodingKey {
        case strategy, status, version, attempts, makespan, bound, gap, proven, error
        case scheduleID = "schedule_id"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(schedule.strategy, forKey: .strategy)
        try container.encode(schedule.id, forKey: .scheduleID)
        try container.encode(schedule.status.rawValue, forKey: .status)
        try container.encode(schedule.version, forKey: .version)
        try container.encode(schedule.attempts, forKey: .attempts)
        try container.encode(schedule.startedAt, forKey: .startedAt)
        try container.encode(schedule.finishedAt, forKey: .finishedAt)
        try container.encode(schedule.quality?.makespan, forKey: .makespan)
        try container.encode(schedule.quality?.bound, forKey: .bound)
        try container.encode(schedule.quality?.gap, forKey: .gap)
        try container.encode(schedule.quality?.isProven ?? false, forKey: .proven)
        try container.encode(
            schedule.failure.map { ["code": $0.code, "message": $0.message] }, forKey: .error)
    }
}

/// A result without its activities.
private struct ResultFigures: Codable {
    var makespan: Double
    var utilization: Double
    var changeovers: Int
    var lotsScheduled: Int
    var windowViolations: Int
    var kpis: KPIs

    private enum CodingKeys: String, CodingKey {
        case makespan, utilization, changeovers, kpis
        case lotsScheduled = "lots_scheduled"
        case windowViolations = "window_violations"
    }
}
