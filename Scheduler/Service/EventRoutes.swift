import HTTPTypes
import Hummingbird
import NIOCore
import SchedulerStore

/// `GET /schedule/{id}/events`: server-sent events (WHATWG HTML) of one schedule.
struct EventRoutes {
    let store: ScheduleStore
    let runner: JobRunner
    let audience: Audience

    func add(to group: RouterGroup<SchedulerContext>) {
        group.get("schedule/:id/events", use: events)
    }

    @Sendable
    private func events(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        try QueryItems(request.uri.query).finish()
        let id = try ScheduleRoutes.id(context)
        let viewer = try context.visibility()
        let (store, runner) = (store, runner)
        let look = { @Sendable () async throws(StoreFault) -> ScheduleState? in
            guard let found = try await store.scheduleAndProgress(id, for: viewer) else { return nil }
            return ScheduleState(
                found.schedule, stored: found.progress, live: runner.progress(of: found.schedule))
        }
        guard let present = try await look() else { throw Refusal.noSuchSchedule }
        // A browser comes back whenever a stream ends, and stops at 204.
        if present.schedule.status.isFinal, request.headers[.lastEventID] == "\(present.schedule.version)" {
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
