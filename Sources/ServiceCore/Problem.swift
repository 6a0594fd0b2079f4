/// An error as a caller sees it: a problem detail of RFC 9457, `application/problem+json`.
///
/// `code` is a stable word for programs, `detail` a sentence for people. Neither ever holds a secret,
/// a stack trace or anything that tells whether an account exists.
public struct Problem: Sendable, Hashable, Codable, Error {
    /// A URI that names the kind of problem: `about:blank` unless there is more to read somewhere.
    public var type: String
    /// The short name of the problem; the same for every occurrence.
    public var title: String
    /// The HTTP status, repeated here so that a saved body still tells.
    public var status: Int
    /// What went wrong this time and what the caller can do about it.
    public var detail: String
    /// A stable kebab-case word.
    public var code: String
    /// The `X-Request-ID` of the answer; nil only before a request has one.
    public var requestID: String?
    /// One entry a fault in the caller's input.
    public var errors: [Fault]?

    /// A fault at one place of the caller's input.
    public struct Fault: Sendable, Hashable, Codable {
        /// The field in the caller's own terms, such as `lots_data[3].vials` or `Vials`.
        public var field: String?
        /// The line of a CSV or YAML document, counted from 1.
        public var line: Int?
        public var message: String

        public init(field: String? = nil, line: Int? = nil, message: String) {
            self.field = field
            self.line = line
            self.message = message
        }
    }

    public static let mediaType = "application/problem+json"

    public init(
        type: String = "about:blank", title: String, status: Int, detail: String, code: String,
        requestID: String? = nil, errors: [Fault]? = nil
    ) {
        self.type = type
        self.title = title
        self.status = status
        self.detail = detail
        self.code = code
        self.requestID = requestID
        self.errors = errors
    }

    private enum CodingKeys: String, CodingKey {
        case type, title, status, detail, code, errors
        case requestID = "request_id"
    }
}
