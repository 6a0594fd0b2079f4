import HTTPTypes
import Hummingbird
import NIOCore
import ScheduleReports
import Synchronization

/// What describes the routes: the OpenAPI document, and the page that shows it.
struct APIRoutes {
    let contract: APIContract
    let settings: ServiceSettings

    /// Their paths, which are open: they hold nothing of anybody.
    static let openPaths: Set<String> = ["/openapi.json", "/api/v1/openapi.json", "/app/api"]

    func add(toRoot root: DescribedRoutes, api: DescribedRoutes) {
        let document = MadeOnce { [contract, settings] in
            WireJSON.encode(OpenAPIDocument(routes: contract.routes, settings: settings).tree)
        }
        let page = MadeOnce { [contract, settings] in
            ByteBuffer(string: APIPage(routes: contract.routes, settings: settings).text)
        }
        for (routes, id) in [(root, "openAPIAtRoot"), (api, "openAPI")] {
            routes.get("openapi.json", Self.document(id)) { _, _ in
                Response(
                    status: .ok, headers: [.contentType: WireJSON.mediaType],
                    body: .init(byteBuffer: document.value))
            }
        }
        root.get("app/api", Self.page) { _, _ in
            Response(
                status: .ok,
                headers: [
                    .contentType: "text/html; charset=utf-8",
                    .contentSecurityPolicy: APIPage.style.contentSecurityPolicy + "; frame-ancestors 'none'",
                ], body: .init(byteBuffer: page.value))
        }
    }

    private static func document(_ id: String) -> Operation {
        Operation(
            id: id, tag: .service, summary: "This document.", isOpen: true,
            answers: [
                .init(
                    status: 200, detail: "OpenAPI \(OpenAPIDocument.version).",
                    contents: [.json(.object(["openapi": .string()], isOpen: true))])
            ])
    }

    private static let page = Operation(
        id: "apiPage", tag: .service, summary: "This document as a page.", isOpen: true,
        answers: [
            .init(
                status: 200, detail: "HTML.",
                contents: [.init(type: "text/html", schema: .string())])
        ])
}

/// Bytes that are made when they are first asked for: all routes are there only after the last was added.
private final class MadeOnce: Sendable {
    private let made = Mutex<ByteBuffer?>(nil)
    private let make: @Sendable () -> ByteBuffer

    init(_ make: @escaping @Sendable () -> ByteBuffer) { self.make = make }

    var value: ByteBuffer {
        made.withLock { made in
            if let made { return made }
            let value = make()
            made = value
            return value
        }
    }
}
