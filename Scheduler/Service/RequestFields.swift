import SchedulingCore
import ServiceCore

/// The fields of a body that is a JSON object or a form, taken one by one; all that is wrong with them is
/// collected.
struct RequestFields {
    private(set) var faults: [Problem.Fault] = []
    private let source: Source

    private enum Source {
        case json(JSONValue)
        case form(MultipartForm)
        /// Nothing that fields could be taken from.
        case none
    }

    /// A JSON object; no other members than `known` are in order.
    init(json: JSONValue, known: [String]) {
        guard case .object(let members) = json else {
            faults = [.init(message: "an object is expected, not \(json.kind)")]
            source = .none
            return
        }
        source = .json(json)
        refuseUnknown(members.map(\.key), known: known)
    }

    /// A form; no other fields than `known` are in order.
    init(form: MultipartForm, known: [String]) {
        source = .form(form)
        refuseUnknown(form.fields.map(\.name), known: known)
    }

    /// No fields at all, of which nobody complains.
    init() { source = .none }

    /// Whether there is a body that has fields.
    var isReadable: Bool {
        if case .none = source { false } else { true }
    }

    private mutating func refuseUnknown(_ fields: [String], known: [String]) {
        for field in fields where !known.contains(field) {
            refuse(
                TextRule.shown(field), "there is no such field; known are \(known.joined(separator: ", "))")
        }
    }

    mutating func refuse(_ field: String?, _ message: String) {
        faults.append(.init(field: field, message: message))
    }

    mutating func add(_ more: InputFaults) { faults += more.faults }

    /// A text; nil where there is none. An empty field of a form is one that was not filled in.
    mutating func text(_ field: String) -> String? {
        switch source {
        case .json(let object):
            switch object[field] {
            case nil, .null: return nil
            case .string(let text): return text
            case .some(let other):
                refuse(field, "a string is expected, not \(other.kind)")
                return nil
            }
        case .form(let form):
            guard let bytes = form[field], !bytes.isEmpty else { return nil }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                refuse(field, "the text is not UTF-8")
                return nil
            }
            return text
        case .none: return nil
        }
    }

    /// Texts; nil where there are none. A form has them in one text, with commas between them.
    mutating func texts(_ field: String) -> [String]? {
        if case .form = source {
            return text(field).map { text in
                text.split(separator: ",", omittingEmptySubsequences: false).map {
                    TextRule.trimmed(String($0))
                }
            }
        }
        switch value(field) {
        case nil, .null: return nil
        case .array(let values):
            var texts: [String] = []
            for (index, value) in values.enumerated() {
                if case .string(let text) = value {
                    texts.append(text)
                } else {
                    refuse("\(field)[\(index)]", "a string is expected, not \(value.kind)")
                }
            }
            return texts
        case .some(let other):
            refuse(field, "an array of strings is expected, not \(other.kind)")
            return nil
        }
    }

    /// A JSON value, which a form has as text; nil where there is none.
    mutating func value(_ field: String) -> JSONValue? {
        switch source {
        case .json(let object): return object[field]
        case .form(let form):
            guard let bytes = form[field], !bytes.isEmpty else { return nil }
            do throws(InputFaults) { return try JSONValue(parsing: bytes) } catch {
                add(error.below(field))
                return nil
            }
        case .none: return nil
        }
    }

    /// The bytes of a form's file; nil where there is none.
    func file(_ field: String) -> ArraySlice<UInt8>? {
        if case .form(let form) = source { form[field] } else { nil }
    }

    /// True or false; nil where there is neither.
    mutating func flag(_ field: String) -> Bool? {
        switch value(field) {
        case nil, .null: return nil
        case .bool(let flag): return flag
        case .some(let other):
            refuse(field, "true or false is expected, not \(other.kind)")
            return nil
        }
    }
}

extension InputFaults {
    /// The same faults, all of them inside `field`.
    fileprivate func below(_ field: String) -> InputFaults {
        InputFaults(
            faults.map { fault in
                var fault = fault
                fault.field = field
                return fault
            })
    }
}
