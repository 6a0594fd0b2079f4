import Foundation
import HTTPTypes
import Hummingbird
import SchedulerStore
import SchedulingCore
import ServiceCore

/// The routes under `/api/v1` that submit, show, list and end comparisons.
struct ComparisonRoutes {
    let settings: ServiceSettings
    let store: ScheduleStore
    let runner: JobRunner

    private var reading: RequestReading { RequestReading(settings: settings, store: store) }

    func add(to routes: DescribedRoutes) {
        routes.post("compare", submission, use: submit)
        routes.get("compare/{id}", Self.showing, use: show)
        routes.delete("compare/{id}", Self.deletion, use: delete)
        routes.post("compare/{id}/cancel", Self.cancellation, use: cancel)
        routes.get("comparisons", Self.listing, use: list)
    }

    @Sendable
    private func submit(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        let user = try context.user()
        let body = try await reading.submissionBody(
            of: request, fields: SubmissionReading.Kind.comparison.fields)
        let base = try await reading.settingsBase(of: body, for: context.templateReader())
        let input = SubmissionReading(.comparison, body, over: base, limits: settings.inputLimits)
        let submission = try input.submission()
        let idempotency = try reading.idempotency(of: request, digest: submission.digest)
        let now = WallClock.now()
        var schedules = submission.strategies.map { strategy in
            submission.schedule(
                strategy: strategy, kind: "Comparison", requestID: context.requestID, owner: user, now: now)
        }
        // Claimed in the order of their IDs, which is to be that of the strategies.
        for (index, id) in schedules.map(\.id).sorted().enumerated() { schedules[index].id = id }
        let new = NewComparison(id: FreshID.make(), schedules: schedules)
        switch try await store.submit(
            new, idempotency: idempotency, queueLimit: settings.queueLimit,
            ownerLimit: settings.ownerQueueLimit, now: now)
        {
        case .created(let comparison):
            for _ in comparison.schedules { runner.wake() }
            return accepted(comparison, warnings: input.warnings)
        case .replayed(let comparison): return accepted(comparison, warnings: input.warnings)
        case .keyConflict: throw Refusal.idempotencyKeyReused
        case .queueFull: throw Refusal.queueFull
        case .ownerQueueFull: throw Refusal.ownerQueueFull(limit: settings.ownerQueueLimit)
        }
    }

    private func accepted(_ comparison: Comparison, warnings: [Problem.Fault]) -> Response {
        WireJSON.response(
            ComparisonDocument(comparison, warnings: warnings), status: .accepted,
            headers: [.location: "/api/v1/compare/\(comparison.id)"])
    }

    private enum Flag: String, CaseIterable {
        case yes = "true"
        case no = "false"
    }

    @Sendable
    private func show(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        var query = QueryItems(request.uri.query)
        let hasActivities = query.choice("activities", of: Flag.self) == .yes
        try query.finish()
        guard let found = try await store.comparisonAndResults(Self.id(context), for: context.visibility())
        else {
            throw Refusal.noSuchComparison
        }
        let document = ComparisonDocument(found.comparison)
        guard found.comparison.status.isFinal else {
            let body = try document.encoded(with: found.results, hasActivities: hasActivities)
            return Response(
                status: .ok, headers: [.contentType: WireJSON.mediaType], body: .init(byteBuffer: body))
        }
        let tag = found.comparison.entityTag(hasActivities: hasActivities)
        return try await Response.unchanging(request, tag, type: WireJSON.mediaType) {
            try document.encoded(with: found.results, hasActivities: hasActivities)
        }
    }

    @Sendable
    private func list(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        var query = QueryItems(request.uri.query)
        let page = query.page()
        try query.finish()
        let found = try await store.comparisons(
            for: context.visibility(), page: page.number, pageSize: page.size)
        return WireJSON.response(
            ComparisonPageDocument(
                comparisons: found.comparisons.map { ComparisonDocument($0, hasConfig: false) },
                total: found.total, page: page.number, pageSize: page.size))
    }

    @Sendable
    private func delete(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        let removal = try await store.deleteComparison(
            Self.id(context), for: context.visibility(), user: context.user())
        try abandonSchedules(of: settled(removal))
        return Response(status: .noContent)
    }

    @Sendable
    private func cancel(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        let removal = try await store.cancelComparison(
            Self.id(context), for: context.visibility(), user: context.user(), now: WallClock.now())
        let comparison = try settled(removal)
        abandonSchedules(of: comparison)
        return WireJSON.response(ComparisonDocument(comparison))
    }

    private func abandonSchedules(of comparison: Comparison) {
        for schedule in comparison.schedules { runner.abandon(schedule) }
    }

    private func settled(_ removal: RemovalOutcome<Comparison>) throws(Refusal) -> Comparison {
        switch removal {
        case .done(let comparison): return comparison
        case .alreadyFinal(let comparison): throw .comparisonFinal(comparison.status)
        case .partOfComparison, .notFound: throw .noSuchComparison
        case .notOwner: throw .notComparisonOwner
        }
    }

    static func id(_ context: SchedulerContext) throws(Refusal) -> String {
        guard let id = context.parameters.get("id"), id.utf8.count <= 64 else { throw .noSuchComparison }
        return id
    }
}
