import Foundation
import GatewayCore
import Hummingbird
import Logging
@testable import SchedulerService
import SchedulerStore
import TestSupport
import Testing

@Suite("The OpenAPI document")
struct OpenAPITests {
    /// The router of a service with these settings, and what describes it.
    private func built(
        _ change: (inout ServiceSettings) -> Void = { _ in }
    ) throws -> (router: Router<SchedulerContext>, contract: APIContract, settings: ServiceSettings) {
        let folder = try TemporaryFolder()
        var settings = ServiceSettings(
            address: .host("127.0.0.1", port: 0), databasePath: folder.file("schedules.sqlite"),
            trustedKeys: .file(path: folder.file("keys.json")), audience: "scheduler")
        change(&settings)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let store = try ScheduleStore(path: settings.databasePath)
        defer { store.close() }
        let audience = Audience()
        let router = Router(context: SchedulerContext.self)
        let contract = APIContract()
        SchedulerRoutes(
            settings: settings, store: store,
            runner: JobRunner(settings: settings, store: store, audience: audience, logger: logger),
            audience: audience, hasKeys: { true }
        ).add(to: router, in: contract)
        return (router, contract, settings)
    }

    private func document(_ change: (inout ServiceSettings) -> Void = { _ in }) throws -> JSONTree {
        let (_, contract, settings) = try built(change)
        return OpenAPIDocument(routes: contract.routes, settings: settings).tree
    }

    @Test("every route is described, and every description is routed")
    func bothDirections() throws {
        let (router, contract, settings) = try built()
        let routed = Set(router.routes.map { "\($0.method.rawValue) \($0.path)" })
        let paths = OpenAPIDocument(routes: contract.routes, settings: settings).tree["paths"]?.members ?? [:]
        let described = paths.flatMap { path, item in
            item.members.keys.map { "\($0.uppercased()) \(path)" }
        }
        #expect(routed == Set(described))
        #expect(described.count == contract.routes.count && described.count > 20)
        let ids = contract.routes.map(\.operation.id)
        #expect(Set(ids).count == ids.count)
    }

    @Test("every parameter in a path is described, and no other is said to be in one")
    func pathParameters() throws {
        for route in try built().contract.routes {
            let inPath = route.path.matches(of: /\{([a-z_]+)\}/).map { String($0.output.1) }
            let described = route.operation.parameters.filter { $0.place == .path }.map(\.name)
            #expect(inPath == described, "\(route.path)")
        }
    }

    @Test("every reference leads to a schema, and every schema is used")
    func references() throws {
        let document = try document()
        var found: Set<String> = []
        func walk(_ tree: JSONTree) {
            if let reference = tree["$ref"]?.text { found.insert(reference) }
            for value in tree.members.values { walk(value) }
            for element in tree.elements { walk(element) }
        }
        walk(document)
        let components = document["components"]
        for reference in found {
            let path = reference.split(separator: "/").dropFirst(2).map(String.init)
            #expect(path.reduce(components) { $0?[$1] } != nil, "\(reference)")
        }
        for component in Component.allCases { #expect(found.contains(component.reference)) }
    }

    @Test("the limits of the document are those of the settings")
    func limits() throws {
        let document = try document { settings in
            settings.inputLimits = .init(lots: 7) ?? .standard
            settings.ownerQueueLimit = 3
            settings.bodyLimit = 4_321
        }
        let lots = document["components"]?["schemas"]?["Submission"]?["properties"]?["lots_data"]
        #expect(lots?["maxItems"] == 7)
        let responses = document["paths"]?["/api/v1/schedule"]?["post"]?["responses"]
        #expect(responses?["429"]?["description"]?.text?.contains("You may have 3 schedules") == true)
        #expect(responses?["413"]?["description"]?.text?.contains("at most 4321 bytes") == true)
    }

    @Test("what is said of the gateway's refusals is what the gateway answers")
    func gatewayCodes() {
        for (status, codes) in GatewayAnswers.codes {
            #expect((400...599).contains(status))
            for code in codes { #expect(GatewayCore.Refusal.codes.contains(code), "\(code)") }
        }
    }

    @Test("the document and its page are there for everybody, at the service and below the gateway's paths")
    func served() async throws {
        let scheduler = try await SchedulerFixture(["--max-lots", "12"]).start()
        for path in ["/openapi.json", "/api/v1/openapi.json"] {
            let answer = try await scheduler.ask(.GET, path, as: nil)
            #expect(answer.status == 200)
            #expect(answer.headers.first(name: "Content-Type") == "application/json")
            #expect(answer.json["openapi"] as? String == "3.1.0")
            #expect(answer.text.contains("\"maxItems\":12"))
        }
        let page = try await scheduler.ask(.GET, "/app/api", as: nil)
        #expect(page.status == 200)
        let policy = try #require(page.headers.first(name: "Content-Security-Policy"))
        #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"))
        #expect(page.text.contains("id=\"submit\"") && page.text.contains("id=\"schema-Problem\""))
        // What an example says on several lines is copied as it stands.
        #expect(page.text.contains("-X POST \\\n  --json ") && !page.text.contains("\u{FFFD}"))
        #expect(
            !page.text.contains("<script") && !page.text.contains(" src=") && !page.text.contains(" style="))
    }

    @Test("a path that there is refuses other methods with 405, and says which there are")
    func methods() async throws {
        let scheduler = try await SchedulerFixture().start()
        let answer = try await scheduler.ask(.PATCH, "/api/v1/schedule/123")
        #expect(answer.status == 405 && answer.code == "method-not-allowed")
        #expect(answer.headers.first(name: "Allow") == "DELETE, GET, HEAD")
        for (path, allowed) in [
            ("/api/v1/schedules", "GET, HEAD"), ("/api/v1/schedule/json", "POST"),
            ("/api/v1/config/default", "DELETE, GET, HEAD"),
        ] {
            let other = try await scheduler.ask(.PATCH, path)
            #expect(other.status == 405 && other.headers.first(name: "Allow") == allowed)
        }
        #expect(try await scheduler.ask(.GET, "/api/v1/nothing").status == 404)
        #expect(try await scheduler.ask(.PATCH, "/api/v1/schedule/123", as: nil).status == 401)
    }
}
