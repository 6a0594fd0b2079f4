import GatewayCore
import ServiceCore

/// The text fields of a small request body, form or JSON, decoded straight into memory that is wiped. Fields
/// that were not asked for are skipped: clients of the OAuth 2 password form send more.
struct RequestFields {
    /// The media types that an endpoint reads.
    enum Format: String, CaseIterable {
        case form = "application/x-www-form-urlencoded"
        case json = "application/json"
    }

    let format: Format
    private let values: [String: Value]

    enum Value {
        case text(SecretBytes)
        case flag(Bool)
        /// A JSON value of another type.
        case notText
    }

    /// Reads the fields called `names`. Refuses another media type with 415, a body that is not of its media
    /// type with 400, and a field that stands twice with 422: two readers could take either.
    init(
        of request: EndpointRequest, named names: Set<String>, as formats: [Format] = Format.allCases
    ) throws(Refusal) {
        let type = request.contentType?.prefix { $0 != ";" }.lowercased()
        let trimmed = type.map {
            String($0.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" })
        }
        guard let trimmed, let format = formats.first(where: { $0.rawValue == trimmed }) else {
            throw .unsupportedMediaType(accepted: formats.map(\.rawValue).joined(separator: ", "))
        }
        self.format = format
        let pairs =
            switch format {
            case .form: try FormReader(request.body).fields(named: names)
            case .json: try JSONFieldReader(request.body).fields(named: names)
            }
        var values: [String: Value] = [:]
        for (name, value) in pairs {
            guard values.updateValue(value, forKey: name) == nil else {
                throw .invalidInput([.init(field: name, message: "stands twice")])
            }
        }
        self.values = values
    }

    /// The field's value, or why there is none.
    func text(_ name: String) throws(FieldFault) -> SecretBytes {
        switch values[name] {
        case .text(let bytes) where bytes.count > 0: return bytes
        case .text: throw FieldFault(name, "must not be empty")
        case .flag, .notText: throw FieldFault(name, "must be a string")
        case nil: throw FieldFault(name, "is missing")
        }
    }

    /// Whether the field says so; nil where it is not there.
    func flag(_ name: String) throws(FieldFault) -> Bool? {
        switch values[name] {
        case .flag(let value): return value
        case .text, .notText: throw FieldFault(name, "must be true or false")
        case nil: return nil
        }
    }

    /// Whether the field is there and not empty.
    func hasContent(_ name: String) -> Bool {
        switch values[name] {
        case .text(let bytes): bytes.count > 0
        case .flag, .notText: true
        case nil: false
        }
    }

    func has(_ name: String) -> Bool { values[name] != nil }
}

/// A fault in one field.
struct FieldFault: Error {
    let fault: Problem.Fault

    init(_ field: String, _ message: String) { fault = .init(field: field, message: message) }
}

/// Collects the faults of several fields, so that a caller learns of all of them at once.
struct FieldFaults {
    private(set) var faults: [Problem.Fault] = []

    /// What `read` answers; nil, and the fault kept, where it throws.
    mutating func collecting<Value>(_ read: () throws(FieldFault) -> Value) -> Value? {
        do throws(FieldFault) {
            return try read()
        } catch {
            faults.append(error.fault)
            return nil
        }
    }

    mutating func add(_ fault: FieldFault) { faults.append(fault.fault) }

    var refusal: Refusal { .invalidInput(faults) }
}
