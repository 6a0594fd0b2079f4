import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// An answer that stays the same for ever, or 304 to a caller who has it.
    static func unchanging(
        _ request: Request, _ tag: EntityTag, type: String, body: () async throws -> ByteBuffer
    ) async rethrows -> Response {
        var headers: HTTPFields = [.eTag: tag.value, .cacheControl: "private, max-age=0, must-revalidate"]
        if tag.isMatched(by: request.headers[.ifNoneMatch]) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = type
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: try await body()))
    }
}
