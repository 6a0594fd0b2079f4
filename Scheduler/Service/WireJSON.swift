import Foundation
import Hummingbird
import NIOCore
import SchedulerStore
import SchedulingCore
import ServiceCore

/// JSON as it goes out: UTF-8, keys in alphabetical order.
enum WireJSON {
    static let mediaType = "application/json"

    static func encode(_ value: some Encodable) -> ByteBuffer { ByteBuffer(bytes: data(value)) }

    static func data(_ value: some Encodable) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Our own types hold nothing that JSON cannot: no infinite number, no key that is not a string.
        return (try? encoder.encode(value)) ?? Data("null".utf8)
    }

    /// As one line of text.
    static func text(_ value: some Encodable) -> String { String(decoding: data(value), as: UTF8.self) }

    static func response(
        _ value: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = mediaType
        return Response(status: status, headers: headers, body: .init(byteBuffer: encode(value)))
    }
}

/// A schedule as the API shows it.
struct ScheduleDocument: Encodable {
    let schedule: Schedule
    /// What the submitter should know; only on the answer to a submission.
    var warnings: [Problem.Fault]?
    /// Whether the settings are told: everywhere but in lists.
    var hasConfig = true

    private enum CodingKeys: String, CodingKey {
        case id, owner, name, strategy, status, version, attempts, comparison, template, config, makespan,
            bound, gap,
            proven, error, warnings
        case lotsCount = "lots_count"
        case startTime = "start_time"
        case createdAt = "created_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
    }

    private struct Failure: Encodable {
        let code: String
        let message: String
    }

    /// Every key is there, with null for what is not yet known, so that clients see one shape.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(schedule.id, forKey: .id)
        try container.encode(schedule.owner, forKey: .owner)
        try container.encode(schedule.name, forKey: .name)
        try container.encode(schedule.strategy, forKey: .strategy)
        try container.encode(schedule.status.rawValue, forKey: .status)
        try container.encode(schedule.version, forKey: .version)
        try container.encode(schedule.attempts, forKey: .attempts)
        try container.encode(schedule.comparisonID, forKey: .comparison)
        try container.encode(schedule.templateID, forKey: .template)
        if hasConfig { try container.encode(schedule.settings, forKey: .config) }
        try container.encode(schedule.quality?.makespan, forKey: .makespan)
        try container.encode(schedule.quality?.bound, forKey: .bound)
        try container.encode(schedule.quality?.gap, forKey: .gap)
        try container.encode(schedule.quality?.isProven ?? false, forKey: .proven)
        try container.encode(schedule.lotsCount, forKey: .lotsCount)
        try container.encode(schedule.startTime, forKey: .startTime)
        try container.encode(schedule.createdAt, forKey: .createdAt)
        try container.encode(schedule.startedAt, forKey: .startedAt)
        try container.encode(schedule.finishedAt, forKey: .finishedAt)
        try container.encode(
            schedule.failure.map { Failure(code: $0.code, message: $0.message) }, forKey: .error)
        try container.encodeIfPresent(warnings, forKey: .warnings)
    }

    /// The document with `result`, which is JSON already and is not read again on its way out.
    func encoded(with result: StoredResult) -> ByteBuffer {
        let document = WireJSON.data(self)
        var buffer = ByteBuffer()
        buffer.reserveCapacity(document.count + result.document.count + 16)
        buffer.writeBytes(document.dropLast())
        buffer.writeString(#","result":"#)
        buffer.writeBytes(result.document)
        buffer.writeString("}")
        return buffer
    }
}

extension Schedule {
    /// The settings that it is planned with; nil where they were not read or can no longer be.
    fileprivate var settings: PlanningConfig? {
        config.flatMap { try? JSONDecoder().decode(PlanningConfig.self, from: $0) }
    }
}

/// A page of schedules as the API shows it.
struct SchedulePageDocument: Encodable {
    let schedules: [ScheduleDocument]
    let total: Int
    let page: Int
    let pageSize: Int

    private enum CodingKeys: String, CodingKey {
        case schedules, total, page
        case pageSize = "page_size"
    }
}

/// Counts as the API shows them; a status that no schedule has is there with 0.
struct StatisticsDocument: Encodable {
    let total: Int
    let byStatus: [String: Int]
    let byStrategy: [String: Int]

    init(_ statistics: ScheduleStatistics) {
        total = statistics.total
        byStatus = Dictionary(
            uniqueKeysWithValues: ScheduleStatus.allCases.map { ($0.rawValue, statistics.byStatus[$0] ?? 0) })
        byStrategy = statistics.byStrategy
    }

    private enum CodingKeys: String, CodingKey {
        case total
        case byStatus = "by_status"
        case byStrategy = "by_strategy"
    }
}

/// What `POST /schedule/validate` answers.
struct ValidationDocument: Encodable {
    let valid: Bool
    let errors: [Problem.Fault]
    let warnings: [Problem.Fault]
    let lotsCount: Int

    private enum CodingKeys: String, CodingKey {
        case valid, errors, warnings
        case lotsCount = "lots_count"
    }
}

/// A strategy as the API shows it.
struct StrategyDocument: Encodable {
    let name: String
    let aliases: [String]
    let description: String
}
