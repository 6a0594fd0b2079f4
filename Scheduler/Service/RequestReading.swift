import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import SchedulerStore
import SchedulingCore

/// Reads the parts of a request that several routes share.
struct RequestReading {
    let settings: ServiceSettings
    let store: ScheduleStore

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

    /// The body as JSON.
    func json(in request: Request) async throws -> JSONValue {
        guard request.headers[.contentType].flatMap(MediaType.init)?.name == "application/json" else {
            throw Refusal.unsupportedMediaType(expected: "application/json")
        }
        return try JSONValue(parsing: await body(of: request))
    }

    /// A body with lots, as JSON or as a form by its `Content-Type`.
    ///
    /// - Parameters:
    ///   - fields: What it may hold beyond the lots.
    ///   - takesForm: Whether a form will do.
    ///   - takesLotsAlone: Whether a JSON array of lots will do.
    func submissionBody(
        of request: Request, fields: [String], takesForm: Bool = true, takesLotsAlone: Bool = false
    ) async throws -> SubmissionBody {
        let expected = takesForm ? "application/json or multipart/form-data" : "application/json"
        guard let type = request.headers[.contentType].flatMap(MediaType.init) else {
            throw Refusal.unsupportedMediaType(expected: expected)
        }
        switch type.name {
        case "application/json":
            let json = try JSONValue(parsing: await body(of: request))
            if takesLotsAlone, case .array = json { return SubmissionBody(lots: json) }
            return SubmissionBody(json: json, fields: fields)
        case "multipart/form-data" where takesForm:
            let form = try MultipartForm(await body(of: request), boundary: type.parameters["boundary"] ?? "")
            return SubmissionBody(form: form, fields: fields)
        default:
            throw Refusal.unsupportedMediaType(expected: expected)
        }
    }

    /// What the settings of `body` are stated over: the template that it names, or else the reader's default,
    /// or else the system's. nil if the template that it names is not there for the reader.
    func settingsBase(of body: SubmissionBody, for reader: TemplateReader) async throws -> SettingsBase? {
        // What is wrong with the field is told by whoever reads all fields.
        var fields = body.fields
        guard let id = fields.text("template") else {
            return try await store.defaultTemplate(of: reader.user).map(SettingsBase.init) ?? .system
        }
        if id == SettingsBase.systemName { return .system }
        guard id.utf8.count <= 64 else { return nil }
        return try await store.template(id, for: reader).map(SettingsBase.init)
    }

    /// The longest idempotency key, in characters.
    static let idempotencyKeyLimit = 255

    /// The caller's key for a submission with this digest; nil if there is none.
    func idempotency(of request: Request, digest: Data) throws(InputFaults) -> Idempotency? {
        let keys = request.headers[values: .idempotencyKey]
        guard let key = keys.first else { return nil }
        guard keys.count == 1, (1...Self.idempotencyKeyLimit).contains(key.utf8.count),
            key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw InputFaults(
                field: "Idempotency-Key",
                "one key of 1 to \(Self.idempotencyKeyLimit) visible ASCII characters is expected")
        }
        return Idempotency(key: key, digest: digest)
    }
}
