import CGatewayPages
import CSharedPages
import GatewayCore
import ServiceWeb

/// The files of the gateway's own pages.
enum GatewayFiles {
    /// Loaded once, at the first use: the same for every event loop.
    static let all = PageFiles([shared_pages(), gateway_pages()], below: "/.fillgate")

    /// `GET /.fillgate/FINGERPRINT.NAME`: for whoever asks, for there is nothing secret in them.
    static var endpoint: Endpoint {
        Endpoint("GET", all.path + "/{id}", require: .anonymous) { (request) throws(Refusal) in
            guard let (file, isForEver) = all.file(at: request.lastSegment) else { throw .noRoute }
            return file.response(to: request, cacheControl: PageFile.cacheControl(isForEver: isForEver))
        }
    }

    /// `GET /admin`, without the slash.
    static var console: Endpoint {
        Endpoint("GET", "/admin", require: .admin) { (_) throws(Refusal) in .seeOther(.console) }
    }

    /// A page that is the same for everybody: what differs, its modules ask the API for.
    static func page(_ path: String, _ name: String, require: Requirement) -> Endpoint {
        Endpoint("GET", path, require: require) { (request) throws(Refusal) in
            guard let file = all[name] else { throw .noRoute }
            return file.response(to: request, cacheControl: "no-store")
        }
    }
}

extension PageFile {
    fileprivate func response(to request: EndpointRequest, cacheControl: String) -> EndpointResponse {
        let (headers, bytes) = answer(acceptEncoding: request.acceptEncoding, cacheControl: cacheControl)
        return EndpointResponse(status: 200, headers: headers, body: bytes)
    }
}
