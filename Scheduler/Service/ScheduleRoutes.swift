import HTTPTypes
import Hummingbird
import NIOCore
import ScheduleReports
import SchedulerStore
import SchedulingCore
import SchedulingStrategies
import ServiceCore

/// The routes under `/api/v1` that submit, show, list, export and end schedules.
struct ScheduleRoutes {
    let settings: ServiceSettings
    let store: ScheduleStore
    let runner: JobRunner
    let reports: ReportDesk

    private var reading: RequestReading { RequestReading(settings: settings, store: store) }

    func add(to routes: DescribedRoutes) {
        routes.post("schedule", submission) { try await submit($0, $1, takesForm: true) }
        routes.post("schedule/json", jsonSubmission) { try await submit($0, $1, takesForm: false) }
        routes.post("schedule/validate", validation, use: validate)
        routes.get("schedule/{id}", Self.showing, use: show)
        routes.delete("schedule/{id}", Self.deletion, use: delete)
        routes.post("schedule/{id}/cancel", Self.cancellation, use: cancel)
        routes.get("schedule/{id}/export", Self.exporting, use: export)
        routes.get("schedules", Self.listing, use: list)
        routes.get("schedules/stats", Self.counting, use: statistics)
        routes.get("strategies", Self.strategyListing, use: strategies)
    }

    // MARK: - Submission

    private func submit(_ request: Request, _ context: SchedulerContext, takesForm: Bool) async throws
        -> Response
    {
        let user = try context.user()
        let body = try await reading.submissionBody(
            of: request, fields: SubmissionReading.Kind.schedule.fields, takesForm: takesForm)
        let base = try await reading.settingsBase(of: body, for: context.templateReader())
        let input = SubmissionReading(.schedule, body, over: base, limits: settings.inputLimits)
        let submission = try input.submission()
        let idempotency = try reading.idempotency(of: request, digest: submission.digest)
        let now = WallClock.now()
        let new = submission.schedule(
            strategy: submission.strategies.first ?? Catalogue.defaultName, kind: "Schedule",
            requestID: context.requestID, owner: user, now: now)
        switch try await store.submit(
            new, idempotency: idempotency, queueLimit: settings.queueLimit,
            ownerLimit: settings.ownerQueueLimit, now: now)
        {
        case .created(let schedule):
            runner.wake()
            return accepted(schedule, warnings: input.warnings)
        case .replayed(let schedule): return accepted(schedule, warnings: input.warnings)
        case .keyConflict: throw Refusal.idempotencyKeyReused
        case .queueFull: throw Refusal.queueFull
        case .ownerQueueFull: throw Refusal.ownerQueueFull(limit: settings.ownerQueueLimit)
        }
    }

    private func accepted(_ schedule: Schedule, warnings: [Problem.Fault]) -> Response {
        WireJSON.response(
            ScheduleDocument(schedule: schedule, warnings: warnings), status: .accepted,
            headers: [.location: "/api/v1/schedule/\(schedule.id)"])
    }

    @Sendable
    private func validate(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        let body = try await reading.submissionBody(
            of: request, fields: SubmissionReading.Kind.schedule.fields, takesLotsAlone: true)
        let base = try await reading.settingsBase(of: body, for: context.templateReader())
        let input = SubmissionReading(.schedule, body, over: base, limits: settings.inputLimits)
        return WireJSON.response(
            ValidationDocument(
                valid: input.faults.isEmpty, errors: input.faults, warnings: input.warnings,
                lotsCount: input.lotsCount))
    }

    // MARK: - Reading

    @Sendable
    private func show(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        try QueryItems(request.uri.query).finish()
        guard let found = try await store.scheduleAndResult(Self.id(context), for: context.visibility())
        else {
            throw Refusal.noSuchSchedule
        }
        let document = ScheduleDocument(schedule: found.schedule)
        guard let result = found.result else { return WireJSON.response(document) }
        return await Response.unchanging(
            request, EntityTag(.schedule, digest: result.digest), type: WireJSON.mediaType
        ) {
            document.encoded(with: result)
        }
    }

    @Sendable
    private func list(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        var query = QueryItems(request.uri.query)
        let page = query.page()
        let status = query.choice("status", of: ScheduleStatus.self)
        var strategy: String?
        if let name = query.text("strategy") {
            do throws(StrategyRefusal) {
                strategy = try Catalogue.entry(named: name).name
            } catch { query.refuse("strategy", error.description) }
        }
        let comparison = query.identifier("comparison")
        let search = query.search()
        try query.finish()
        let found = try await store.schedules(
            for: context.visibility(), status: status, strategy: strategy, comparison: comparison,
            search: search, page: page.number, pageSize: page.size)
        return WireJSON.response(
            SchedulePageDocument(
                schedules: found.schedules.map { ScheduleDocument(schedule: $0, hasConfig: false) },
                total: found.total,
                page: page.number, pageSize: page.size))
    }

    @Sendable
    private func statistics(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        try QueryItems(request.uri.query).finish()
        return try await WireJSON.response(StatisticsDocument(store.statistics(for: context.visibility())))
    }

    @Sendable
    private func strategies(_ request: Request, _ context: SchedulerContext) throws -> Response {
        WireJSON.response(
            Catalogue.entries.map {
                StrategyDocument(name: $0.name, aliases: $0.aliases, description: $0.description)
            })
    }

    // MARK: - Export

    @Sendable
    private func export(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        var query = QueryItems(request.uri.query)
        let format = query.choice("format", of: ExportFormat.self) ?? .json
        try query.finish()
        guard let found = try await store.scheduleAndResult(Self.id(context), for: context.visibility())
        else {
            throw Refusal.noSuchSchedule
        }
        // The store hands out a completed schedule with its result or not at all.
        guard let result = found.result else { throw Refusal.notCompleted(found.schedule.status) }
        let schedule = found.schedule
        let tag = EntityTag(format.representation, digest: result.digest)
        var response = try await Response.unchanging(request, tag, type: format.mediaType) {
            guard format != .json else { return ByteBuffer(bytes: result.document) }
            let file = try await reports.make(for: context.user()) { () throws in
                try format.file(of: schedule, with: result)
            }
            return ByteBuffer(bytes: file)
        }
        response.headers[.contentDisposition] =
            "\(format.disposition); filename=\"schedule-\(schedule.id).\(format.rawValue)\""
        if format == .html, response.status == .ok {
            response.headers[.contentSecurityPolicy] =
                WebReport.contentSecurityPolicy + "; frame-ancestors 'none'"
        }
        return response
    }

    // MARK: - Ending

    @Sendable
    private func delete(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        let id = try Self.id(context)
        switch try await store.delete(id, for: context.visibility(), user: context.user()) {
        case .done(let schedule), .alreadyFinal(let schedule):
            runner.abandon(schedule)
            return Response(status: .noContent)
        case .partOfComparison(let comparison): throw Refusal.partOfComparison(id: comparison)
        case .notFound: throw Refusal.noSuchSchedule
        case .notOwner: throw Refusal.notOwner
        }
    }

    @Sendable
    private func cancel(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        let id = try Self.id(context)
        let removal = try await store.cancel(
            id, for: context.visibility(), user: context.user(), now: WallClock.now())
        switch removal {
        case .done(let schedule):
            runner.abandon(schedule)
            return WireJSON.response(ScheduleDocument(schedule: schedule))
        case .alreadyFinal(let schedule): throw Refusal.alreadyFinal(schedule.status)
        case .partOfComparison(let comparison): throw Refusal.partOfComparison(id: comparison)
        case .notFound: throw Refusal.noSuchSchedule
        case .notOwner: throw Refusal.notOwner
        }
    }

    static func id(_ context: SchedulerContext) throws -> String {
        guard let id = context.parameters.get("id"), id.utf8.count <= 64 else { throw Refusal.noSuchSchedule }
        return id
    }
}
