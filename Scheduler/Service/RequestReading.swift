import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import SchedulerStore
import SchedulingCore

/// Reads the parts of a request that several routes share.
struct RequestReading {
    let settings: ServiceSettings

    /// The whole body, if it is within the limit.
    func body(of request: Request) async throws -> [UInt8] {
        let limit = settings.bodyLimit
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw Refusal.bodyTooLarge(limit: limit)
        }
        do {
            return Array(buffer: try await request.body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            throw Refusal.bodyTooLarge(limit: limit)
        } catch let error as HTTPParserError {
            // The connection can no longer be read; the server answers 400 and closes it.
            throw error
        } catch {
            throw Refusal.bodyIncomplete
        }
    }

    /// What the body says, as JSON or as a form by its `Content-Type`.
    ///
    /// - Parameters:
    ///   - takesForm: Whether a form will do.
    ///   - takesLotsAlone: Whether a JSON array of lots will do.
    func submission(
        in request: Request, takesForm: Bool, takesLotsAlone: Bool = false
    ) async throws -> SubmissionReading {
        let expected = takesForm ? "application/json or multipart/form-data" : "application/json"
        guard let type = request.headers[.contentType].flatMap(MediaType.init) else {
            throw Refusal.unsupportedMediaType(expected: expected)
        }
        switch type.name {
        case "application/json":
            let json = try JSONValue(parsing: await body(of: request))
            if takesLotsAlone, case .array = json {
                return SubmissionReading(lots: json, limits: settings.inputLimits)
            }
            return SubmissionReading(json: json, limits: settings.inputLimits)
        case "multipart/form-data" where takesForm:
            let form = try MultipartForm(await body(of: request), boundary: type.parameters["boundary"] ?? "")
            return SubmissionReading(form: form, limits: settings.inputLimits)
        default:
            throw Refusal.unsupportedMediaType(expected: expected)
        }
    }

    /// The longest idempotency key, in characters.
    static let idempotencyKeyLimit = 255

    /// The caller's key for a submission with this digest; nil if there is none.
    func idempotency(of request: Request, for submission: ReadSubmission) throws(InputFaults) -> Idempotency?
    {
        let keys = request.headers[values: .idempotencyKey]
        guard let key = keys.first else { return nil }
        guard keys.count == 1, (1...Self.idempotencyKeyLimit).contains(key.utf8.count),
            key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw InputFaults(
                field: "Idempotency-Key",
                "one key of 1 to \(Self.idempotencyKeyLimit) visible ASCII characters is expected")
        }
        return Idempotency(key: key, digest: submission.digest)
    }
}
