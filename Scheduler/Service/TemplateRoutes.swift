import HTTPTypes
import Hummingbird
import NIOCore
import SchedulerStore
import SchedulingCore

/// The routes under `/api/v1` that store, show, choose and end templates of settings.
struct TemplateRoutes {
    let settings: ServiceSettings
    let store: ScheduleStore

    private var reading: RequestReading { RequestReading(settings: settings, store: store) }

    func add(to routes: DescribedRoutes) {
        routes.post("config", creation, use: create)
        routes.get("configs", Self.listing, use: list)
        routes.post("config/validate", Self.validation, use: validate)
        routes.post("config/import", importing, use: importFile)
        routes.get("config/system/default", Self.systemSettings, use: systemDefault)
        routes.get("config/default", Self.showingDefault, use: showDefault)
        routes.delete("config/default", Self.clearing, use: clearDefault)
        routes.get("config/{id}", Self.showing, use: show)
        routes.put("config/{id}", Self.replacing, use: update)
        routes.delete("config/{id}", Self.deletion, use: delete)
        routes.post("config/{id}/set-default", Self.choosing, use: setDefault)
        routes.get("config/{id}/export", Self.exporting, use: export)
    }

    // MARK: - Writing

    @Sendable
    private func create(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        try await create(TemplateReading(reading.json(in: request), kind: .new), context)
    }

    @Sendable
    private func importFile(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        try await create(TemplateReading(reading.json(in: request), kind: .file), context)
    }

    private func create(_ input: TemplateReading, _ context: SchedulerContext) async throws -> Response {
        let creation = try await store.createTemplate(
            input.content(), id: FreshID.make(), owner: context.user(), limit: settings.templateLimit,
            now: WallClock.now())
        switch creation {
        case .created(let template):
            return try answer(
                template, status: .created, headers: [.location: "/api/v1/config/\(template.id)"])
        case .ownerFull: throw Refusal.templatesFull(limit: settings.templateLimit)
        }
    }

    @Sendable
    private func update(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        let id = try Self.id(context)
        let input = TemplateReading(try await reading.json(in: request), kind: .replacement)
        let content = try input.content()
        let condition = VersionTag.condition(request.headers[.ifMatch])
        let expected: Int?
        switch condition {
        case .version(let version): expected = version
        case .any: expected = input.version
        // No template has this version.
        case .some(.none): expected = 0
        case nil:
            guard let version = input.version else { throw Refusal.versionRequired }
            expected = version
        }
        if let stated = input.version, let expected, stated != expected {
            throw Refusal.templateOutdated(isPrecondition: true)
        }
        let change = try await store.updateTemplate(
            id, to: content, expecting: expected, by: context.templateReader(), now: WallClock.now())
        return try answer(settled(change, isPrecondition: condition != nil))
    }

    @Sendable
    private func delete(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        _ = try await settled(store.deleteTemplate(Self.id(context), by: context.templateReader()))
        return Response(status: .noContent)
    }

    @Sendable
    private func validate(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        let input = TemplateReading(try await reading.json(in: request), kind: .draft)
        return WireJSON.response(
            TemplateValidationDocument(
                valid: input.faults.isEmpty, errors: input.faults, warnings: [], config: input.config))
    }

    // MARK: - Reading

    @Sendable
    private func show(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        try QueryItems(request.uri.query).finish()
        return try await answer(existing(context))
    }

    @Sendable
    private func list(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        var query = QueryItems(request.uri.query)
        let page = query.page()
        let scope = query.choice("scope", of: TemplateScope.self) ?? .all
        try query.finish()
        let found = try await store.templates(
            for: context.templateReader(), scope: scope, page: page.number, pageSize: page.size)
        return WireJSON.response(
            TemplatePageDocument(
                templates: try found.templates.map(TemplateDocument.init), total: found.total,
                page: page.number, pageSize: page.size))
    }

    @Sendable
    private func export(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        try QueryItems(request.uri.query).finish()
        let template = try await existing(context)
        return WireJSON.response(
            TemplateFile(name: template.name, config: try template.settings()),
            headers: [.contentDisposition: "attachment; filename=\"template-\(template.id).json\""])
    }

    private func existing(_ context: SchedulerContext) async throws -> Template {
        guard let template = try await store.template(Self.id(context), for: context.templateReader()) else {
            throw Refusal.noSuchTemplate
        }
        return template
    }

    // MARK: - Defaults

    @Sendable
    private func systemDefault(_ request: Request, _ context: SchedulerContext) throws -> Response {
        try QueryItems(request.uri.query).finish()
        return WireJSON.response(SystemSettingsDocument())
    }

    @Sendable
    private func showDefault(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        try QueryItems(request.uri.query).finish()
        guard let template = try await store.defaultTemplate(of: context.user()) else {
            throw Refusal.noDefaultTemplate
        }
        return try answer(template)
    }

    @Sendable
    private func setDefault(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        let change = try await store.setDefaultTemplate(Self.id(context), of: context.templateReader())
        return try answer(settled(change))
    }

    @Sendable
    private func clearDefault(_ request: Request, _ context: SchedulerContext) async throws -> Response {
        guard try await store.clearDefaultTemplate(of: context.user()) else {
            throw Refusal.noDefaultTemplate
        }
        return Response(status: .noContent)
    }

    // MARK: - Answers

    private func settled(_ change: TemplateChange, isPrecondition: Bool = false) throws(Refusal) -> Template {
        switch change {
        case .done(let template): return template
        case .outdated: throw .templateOutdated(isPrecondition: isPrecondition)
        case .notFound: throw .noSuchTemplate
        case .notOwner: throw .notTemplateOwner
        }
    }

    private func answer(
        _ template: Template, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) throws(StoreFault) -> Response {
        var headers = headers
        headers[.eTag] = VersionTag(template.version).value
        return WireJSON.response(try TemplateDocument(template), status: status, headers: headers)
    }

    private static func id(_ context: SchedulerContext) throws(Refusal) -> String {
        guard let id = context.parameters.get("id"), id.utf8.count <= 64 else { throw .noSuchTemplate }
        return id
    }
}
