import HTTPTypes
import ServiceCore

/// The header fields that HTTPTypes has no name for.
extension HTTPField.Name {
    static let requestID = known("X-Request-ID")
    static let assertion = known(IdentityAssertion.headerName)
    static let lastEventID = known("Last-Event-ID")
    static let idempotencyKey = known("Idempotency-Key")

    private static func known(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no field name") }
        return name
    }
}
