import HTTPTypes
import Hummingbird
import NIOCore
import SchedulerStore

/// `GET /schedule/{id}/events` and `GET /compare/{id}/events`: server-sent events (WHATWG HTML) of one
/// schedule or comparison.
struct EventRoutes {
    let store: ScheduleStore
    let runner: JobRunner
    let audience: Audience

    func add(to routes: DescribedRoutes) {
        routes.get("schedule/{id}/events", Self.listening, use: scheduleEvents)
        routes.get("compare/{id}/events", Self.listeningToComparison, use: comparisonEvents)
    }

    @Sendable
    private func scheduleEvents(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        let id = try ScheduleRoutes.id(context)
        let viewer = try context.visibility()
        let (store, runner) = (store, runner)
        return try await events(of: id, for: request, context, absent: .noSuchSchedule) {
            () throws(StoreFault) in
            guard let found = try await store.scheduleAndProgress(id, for: viewer) else { return nil }
            return .schedule(
                ScheduleState(
                    found.schedule, stored: found.progress, live: runner.progress(of: found.schedule)))
        }
    }

    @Sendable
    private func comparisonEvents(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        let id = try ComparisonRoutes.id(context)
        let viewer = try context.visibility()
        let (store, runner) = (store, runner)
        return try await events(of: id, for: request, context, absent: .noSuchComparison) {
            () throws(StoreFault) in
            guard let found = try await store.comparisonAndProgress(id, for: viewer) else { return nil }
            let members = zip(found.comparison.schedules, found.progress).map { schedule, progress in
                ScheduleState(schedule, stored: progress, live: runner.progress(of: schedule))
            }
            return .comparison(ComparisonState(comparison: found.comparison, members: members))
        }
    }

    private func events(
        of id: String, for request: Request, _ context: SchedulerContext, absent: Refusal,
        look: @escaping @Sendable () async throws(StoreFault) -> ListenedState?
    ) async throws -> Response {
        try QueryItems(request.uri.query).finish()
        guard let present = try await look() else { throw absent }
        // A browser comes back whenever a stream ends, and stops at 204.
        if present.isFinal, request.headers[.lastEventID] == "\(present.version)" {
            return Response(status: .noContent)
        }
        let seat: Audience.Seat
        switch try audience.enter(user: context.user(), schedule: id) {
        case .seated(let place): seat = place
        case .userFull(let limit): throw Refusal.tooManyStreams(limit: limit)
        case .full: throw Refusal.streamsFull
        }
        let feed = EventFeed(seat: seat, look: look)
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream"],
            body: ResponseBody { writer in
                try await feed.run { try await writer.write(ByteBuffer(string: $0)) }
                try await writer.finish(nil)
            })
    }
}
