import ServiceCore

/// Changeovers by pair of types: hours from the type that was filled to the type that comes next. It need not
/// be symmetric, and need not have every pair; those that it leaves out take the constants of `LineRules`.
///
/// On the wire an object of objects, type to type to hours: `{"A": {"A": 4, "B": 6}, "B": {"A": 9}}`.
package struct ChangeoverMatrix: Sendable, Hashable {
    /// Hours by the type before and the type after.
    package let hours: [String: [String: Hours]]

    /// A matrix without pairs: every changeover takes a constant.
    package static let none = ChangeoverMatrix()

    /// The most types that a matrix may name.
    package static let mostTypes = 100

    private init() { hours = [:] }

    /// A matrix of `hours`; nil if it names more than 100 types, if one cannot be a lot's, or if a changeover
    /// is out of the bounds of `LineRules.changeovers`.
    package init?(_ hours: [String: [String: Hours]]) {
        let types = Set(hours.keys).union(hours.values.joined().map(\.key))
        guard types.count <= Self.mostTypes, types.allSatisfy({ Self.fault(inType: $0) == nil }),
            hours.values.joined().allSatisfy({ LineRules.changeovers.contains($0.value) })
        else { return nil }
        self.hours = hours.filter { !$0.value.isEmpty }
    }

    package var isEmpty: Bool { hours.isEmpty }

    /// The types that some pair has.
    package var types: Set<String> { Set(hours.keys).union(hours.values.joined().map(\.key)) }

    /// The changeover of a pair; nil if the matrix leaves it out.
    package func changeover(from first: String, to second: String) -> Hours? { hours[first]?[second] }

    /// What keeps `name` from being a lot's type, as the end of a sentence; nil if nothing does.
    private static func fault(inType name: String) -> String? {
        if TextRule.trimmed(name) != name { return "has white space at an end" }
        return TextRule.fault(in: name, atMost: InputLimits.lotTypeLength)
    }
}

extension ChangeoverMatrix {
    /// The matrix that a JSON value states.
    /// - Throws: every fault, each with its field below `field`, such as `changeover_matrix.A.B`; no more than
    ///   one where there are too many types.
    package init(_ value: JSONValue, field: String) throws(InputFaults) {
        guard case .object(let rows) = value else {
            throw InputFaults(
                field: field,
                "an object of types with objects of types and hours is expected, "
                    + "not \(value.kind)")
        }
        var types = Set(rows.map(\.key))
        for row in rows {
            guard types.count <= Self.mostTypes else { break }
            if case .object(let pairs) = row.value { types.formUnion(pairs.lazy.map(\.key)) }
        }
        guard types.count <= Self.mostTypes else {
            throw InputFaults(field: field, "more than \(Self.mostTypes) types are named")
        }
        var faults: [Problem.Fault] = []
        var hours: [String: [String: Hours]] = [:]
        for row in rows {
            let place = "\(field).\(TextRule.shown(row.key))"
            if let wrong = Self.fault(inType: row.key) {
                faults.append(.init(field: place, message: "the type \(wrong)"))
            }
            guard case .object(let pairs) = row.value else {
                let message = "an object of types and hours is expected, not \(row.value.kind)"
                faults.append(.init(field: place, message: message))
                continue
            }
            for pair in pairs {
                let field = "\(place).\(TextRule.shown(pair.key))"
                if let wrong = Self.fault(inType: pair.key) {
                    faults.append(.init(field: field, message: "the type \(wrong)"))
                }
                if let span = Hours(pair.value, in: LineRules.changeovers) {
                    hours[row.key, default: [:]][pair.key] = span
                } else {
                    faults.append(.init(field: field, message: Hours.expected(in: LineRules.changeovers)))
                }
            }
        }
        guard faults.isEmpty, let matrix = ChangeoverMatrix(hours) else { throw InputFaults(faults) }
        self = matrix
    }
}

extension ChangeoverMatrix: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let matrix = ChangeoverMatrix(try container.decode([String: [String: Hours]].self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "a changeover matrix is out of its bounds")
        }
        self = matrix
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hours)
    }
}

extension Hours {
    /// The span that a JSON number states; nil for anything else, and out of `bounds`.
    init?(_ value: JSONValue, in bounds: ClosedRange<Hours>) {
        guard case .number(let literal) = value, let number = try? literal.value(places: Self.decimals),
            bounds.contains(Hours(tenThousandths: number))
        else { return nil }
        self.init(tenThousandths: number)
    }

    /// What is expected of a span, as a sentence.
    static func expected(in bounds: ClosedRange<Hours>) -> String {
        "a number of hours from \(bounds.lowerBound.value) to \(bounds.upperBound.value) "
            + "with at most four decimals is expected"
    }
}
