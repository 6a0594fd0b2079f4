import SchedulingCore

/// What a value may be: a schema of JSON Schema 2020-12, as OpenAPI 3.1 uses it.
struct Schema: Sendable {
    private(set) var tree: JSONTree

    private init(_ members: [String: JSONTree]) { tree = .object(members) }

    static func reference(to component: Component) -> Schema {
        Schema(["$ref": .string(component.reference)])
    }

    static let boolean = Schema(["type": "boolean"])

    static func string(
        length: ClosedRange<Int>? = nil, pattern: String? = nil, format: String? = nil
    ) -> Schema {
        var members: [String: JSONTree] = ["type": "string"]
        if let length {
            if length.lowerBound > 0 { members["minLength"] = .whole(Int64(length.lowerBound)) }
            members["maxLength"] = .whole(Int64(length.upperBound))
        }
        if let pattern { members["pattern"] = .string(pattern) }
        if let format { members["format"] = .string(format) }
        return Schema(members)
    }

    static func choice(_ words: [String]) -> Schema {
        Schema(["type": "string", "enum": .array(words.map { .string($0) })])
    }

    static func constant(_ value: JSONTree) -> Schema { Schema(["const": value]) }

    static func whole(_ bounds: ClosedRange<Int64>) -> Schema {
        Schema([
            "type": "integer", "minimum": .whole(bounds.lowerBound), "maximum": .whole(bounds.upperBound),
        ])
    }

    /// A count, from 0.
    static let count = Schema(["type": "integer", "minimum": 0])

    static func number(_ bounds: ClosedRange<Double>? = nil) -> Schema {
        var members: [String: JSONTree] = ["type": "number"]
        if let bounds {
            members["minimum"] = .number(bounds.lowerBound)
            members["maximum"] = .number(bounds.upperBound)
        }
        return Schema(members)
    }

    /// Hours that a caller configures, to four decimals.
    static func hours(_ bounds: ClosedRange<Hours>) -> Schema {
        var schema = number(bounds.lowerBound.value...bounds.upperBound.value)
        schema.add("multipleOf", .number(1 / Double(Hours.tenThousandthsPerHour)))
        return schema
    }

    static func array(of element: Schema, count: ClosedRange<Int>? = nil) -> Schema {
        var members: [String: JSONTree] = ["type": "array", "items": element.tree]
        if let count {
            members["minItems"] = .whole(Int64(count.lowerBound))
            members["maxItems"] = .whole(Int64(count.upperBound))
        }
        return Schema(members)
    }

    /// An object of these members and no others, unless `isOpen`.
    static func object(
        _ required: KeyValuePairs<String, Schema> = [:], optional: KeyValuePairs<String, Schema> = [:],
        isOpen: Bool = false
    ) -> Schema {
        object(required: Array(required), optional: Array(optional), isOpen: isOpen)
    }

    /// The same, of members that are put together elsewhere.
    static func object(
        required: [(key: String, value: Schema)], optional: [(key: String, value: Schema)] = [],
        isOpen: Bool = false
    ) -> Schema {
        var properties: [String: JSONTree] = [:]
        for (name, schema) in required + optional { properties[name] = schema.tree }
        var members: [String: JSONTree] = ["type": "object", "properties": .object(properties)]
        if !required.isEmpty { members["required"] = .array(required.map { .string($0.key) }) }
        if !isOpen { members["additionalProperties"] = false }
        return Schema(members)
    }

    /// An object whose members are all alike: at most `most`, with keys of `keys`.
    static func table(of value: Schema, keys: Schema? = nil, most: Int? = nil) -> Schema {
        var members: [String: JSONTree] = ["type": "object", "additionalProperties": value.tree]
        if let keys { members["propertyNames"] = keys.tree }
        if let most { members["maxProperties"] = .whole(Int64(most)) }
        return Schema(members)
    }

    /// A text in a file of its own.
    static let file = Schema(["type": "string", "contentMediaType": "text/csv"])

    static func any(of schemas: [Schema]) -> Schema { Schema(["anyOf": .array(schemas.map(\.tree))]) }

    static func all(of schemas: [Schema]) -> Schema { Schema(["allOf": .array(schemas.map(\.tree))]) }

    /// The schema, or null.
    var orNull: Schema { .any(of: [self, Schema(["type": "null"])]) }

    /// With words for people.
    func says(_ words: String) -> Schema {
        var schema = self
        schema.add("description", .string(words))
        return schema
    }

    /// With an example.
    func example(_ value: JSONTree) -> Schema {
        var schema = self
        schema.add("examples", .array([value]))
        return schema
    }

    /// With the value that stands for nothing said.
    func standard(_ value: JSONTree) -> Schema {
        var schema = self
        schema.add("default", value)
        return schema
    }

    private mutating func add(_ key: String, _ value: JSONTree) {
        var members = tree.members
        members[key] = value
        tree = .object(members)
    }
}

extension Schema {
    /// A moment as answers have it.
    static let moment = string(format: "date-time").example("2026-01-05T06:00:00Z")

    /// A moment as callers state it: RFC 3339 in the years that a schedule may lie in.
    static let statedMoment = string(
        pattern: "^(19[7-9][0-9]|2[0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]"
            + "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,9})?)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?$"
    ).example("2026-01-05T06:00:00Z")

    /// An ID that the service gave.
    static let identifier = string(length: 1...64).example("01980d2e-7f4a-7cc1-9a52-6f1d0c9b7e11")

    /// A text of a caller's: not empty, and without characters that hide or turn other text.
    static func text(_ length: ClosedRange<Int>) -> Schema {
        string(length: length, pattern: "^[^\(space)\(hidden)](\(inner)*[^\(space)\(hidden)])?$")
    }

    /// What may stand in the middle of a text.
    private static let inner = "[^\(hidden)]"
    private static let space = "\\u0020\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000"
    /// Controls, line ends, and marks that turn the direction (`TextRule.isRefused`).
    private static let hidden =
        "\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069"
}
