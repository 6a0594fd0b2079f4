import Hummingbird
import NIOCore
import SchedulerStore
import SchedulingCore

/// `GET /schedule/{id}/structured`: a completed schedule for programs that keep plans, each activity with an
/// ID and its block.
struct StructuredRoute {
    let store: ScheduleStore

    func add(to routes: DescribedRoutes) {
        routes.get("schedule/{id}/structured", Self.showing, use: show)
    }

    @Sendable
    private func show(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        try QueryItems(request.uri.query).finish()
        guard
            let found = try await store.scheduleAndResult(
                ScheduleRoutes.id(context), for: context.visibility())
        else { throw Refusal.noSuchSchedule }
        guard let stored = found.result else { throw Refusal.notCompleted(found.schedule.status) }
        let tag = EntityTag(.structured, digest: stored.digest)
        return try await Response.unchanging(request, tag, type: WireJSON.mediaType) {
            WireJSON.encode(
                StructuredDocument(
                    schedule: found.schedule, result: try stored.decoded(of: found.schedule)))
        }
    }
}

/// A completed schedule with its activities one by one.
private struct StructuredDocument: Encodable {
    let schedule: ScheduleDocument
    let activities: [StructuredActivity]
    let blocks: [StructuredBlock]

    init(schedule: Schedule, result: ScheduleResult) {
        self.schedule = ScheduleDocument(schedule: schedule)
        var block = 0
        activities = result.activities.enumerated().map { index, activity in
            if activity.kind == .clean { block += 1 }
            return StructuredActivity(
                id: "\(schedule.id)-\(index + 1)", sequence: index + 1, block: block, activity: activity)
        }
        blocks = Dictionary(grouping: activities, by: \.block).sorted { $0.key < $1.key }
            .map(StructuredBlock.init)
    }
}

/// One activity: what a result says of it, with its ID, its place and its block.
private struct StructuredActivity: Encodable {
    /// Unique among the activities of all schedules.
    let id: String
    /// Counted from 1.
    let sequence: Int
    /// Counted from 1.
    let block: Int
    let activity: Activity

    private enum CodingKeys: String, CodingKey { case id, sequence, block }

    func encode(to encoder: any Encoder) throws {
        try activity.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(sequence, forKey: .sequence)
        try container.encode(block, forKey: .block)
    }
}

/// What is between two cleans, with the clean before it.
private struct StructuredBlock: Encodable {
    let block: Int
    let start: UTCTime?
    let end: UTCTime?
    let lots: Int
    /// Hours of the window that fills and changeovers take.
    let hours: Double

    init(_ block: Int, _ activities: [StructuredActivity]) {
        let all = activities.map(\.activity)
        self.block = block
        start = all.first?.start
        end = all.last?.end
        lots = all.count { $0.kind == .fill }
        hours = all.reduce(0) { $0 + ($1.kind == .clean ? 0 : $1.durationHours) }
    }
}
