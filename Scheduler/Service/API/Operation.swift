/// What a route does, for people and for programs: one operation of the OpenAPI document. Written where the
/// route is added.
struct Operation: Sendable {
    /// What operations are grouped under.
    enum Tag: String, CaseIterable, Sendable {
        case schedules = "Schedules"
        case comparisons = "Comparisons"
        case templates = "Templates"
        case service = "Service"
    }

    struct Parameter: Sendable {
        enum Place: String { case path, query, header }
        var name: String
        var place: Place
        var schema: Schema
        var detail: String
    }

    struct Content: Sendable {
        var type: String
        /// nil for bytes that no schema says anything about.
        var schema: Schema?
        var example: JSONTree?
    }

    struct Answer: Sendable {
        var status: Int
        var detail: String
        var contents: [Content] = []
        /// Headers that it carries beside those of every answer.
        var headers: [String] = []
    }

    /// Unique; what generated clients call it.
    var id: String
    var tag: Tag
    var summary: String
    var detail = ""
    /// Whether it is there for everybody.
    var isOpen = false
    var parameters: [Parameter] = []
    /// What the body may be; empty for a request without one.
    var body: [Content] = []
    var answers: [Answer]
    /// Refusals beyond those that every operation has, and every one with a body.
    var refusals: [Refusal] = []
}

extension Operation.Parameter {
    static func path(_ name: String, _ detail: String) -> Self {
        Self(name: name, place: .path, schema: .identifier, detail: detail)
    }

    static func query(_ name: String, _ schema: Schema, _ detail: String) -> Self {
        Self(name: name, place: .query, schema: schema, detail: detail)
    }

    static func header(_ name: String, _ schema: Schema, _ detail: String) -> Self {
        Self(name: name, place: .header, schema: schema, detail: detail)
    }

    static let scheduleID = path("id", "The schedule's ID.")
    static let templateID = path("id", "The template's ID.")
    /// The parameters of every list.
    static let paging = [
        query(
            "page", Schema.whole(QueryItems.pages.int64).standard(1),
            "Counted from 1."),
        query(
            "page_size",
            Schema.whole(QueryItems.pageSizes.int64).standard(.whole(Int64(QueryItems.pageSize))),
            "How many a page has."),
    ]
    static let ifNoneMatch = header(
        "If-None-Match", .string(), "The ETag of what the caller has: 304 if it is still that.")
}

extension ClosedRange<Int> {
    /// The same bounds.
    fileprivate var int64: ClosedRange<Int64> { Int64(lowerBound)...Int64(upperBound) }
}

extension Operation.Content {
    static func json(_ schema: Schema, example: JSONTree? = nil) -> Self {
        Self(type: WireJSON.mediaType, schema: schema, example: example)
    }

    static func json(_ component: Component, example: JSONTree? = nil) -> Self {
        json(.reference(to: component), example: example)
    }
}

extension Operation.Answer {
    static func ok(_ component: Component, _ detail: String, headers: [String] = []) -> Self {
        Self(status: 200, detail: detail, contents: [.json(component)], headers: headers)
    }

    static let noContent = Self(status: 204, detail: "Done.")
    static let notModified = Self(status: 304, detail: "It is still what the caller has.", headers: ["ETag"])
}
