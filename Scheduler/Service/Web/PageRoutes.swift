import HTTPTypes
import Hummingbird
import NIOCore
import ServiceWeb

/// The planner's pages under `/app/`. They are the same for everybody: what differs, their modules ask the
/// API for.
struct PageRoutes {
    func add(to group: RouterGroup<SchedulerContext>) {
        for (path, file) in SchedulerFiles.pages where !path.isEmpty {
            group.get(RouterPath(path)) { request, _ in try page(file, request) }
        }
        group.get("", use: first)
        group.get("assets/:file", use: asset)
    }

    /// `/app/`; the address without the slash would make relative ones mean something else.
    @Sendable
    private func first(_ request: Request, _ context: SchedulerContext) throws -> Response {
        guard request.uri.path.hasSuffix("/") else {
            return Response(status: .permanentRedirect, headers: [.location: "/app/"])
        }
        return try page(SchedulerFiles.pages[""] ?? "", request)
    }

    private func page(_ name: String, _ request: Request) throws -> Response {
        guard let file = SchedulerFiles.all[name] else { throw Refusal.noSuchRoute }
        return response(file, to: request, cacheControl: "no-store")
    }

    /// A file under the fingerprint of all. Kept for ever, but by the browser alone: the gateway gave it to somebody
    /// who is logged in.
    @Sendable
    private func asset(_ request: Request, _ context: SchedulerContext) throws -> Response {
        guard let name = context.parameters.get("file"),
            let (file, isForEver) = SchedulerFiles.all.file(at: name)
        else { throw Refusal.noSuchRoute }
        return response(
            file, to: request, cacheControl: isForEver ? "private, max-age=31536000, immutable" : "no-cache")
    }

    private func response(_ file: PageFile, to request: Request, cacheControl: String) -> Response {
        let (fields, bytes) = file.answer(
            acceptEncoding: request.headers[.acceptEncoding], cacheControl: cacheControl)
        var headers = HTTPFields()
        for field in fields {
            if let name = HTTPField.Name(field.name) { headers[name] = field.value }
        }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
