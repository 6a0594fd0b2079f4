import SchedulerStore
import SchedulingCore
import ServiceCore

/// Reads what a caller says of a template and finds everything that is wrong with it.
struct TemplateReading {
    private var fields: RequestFields
    private var name: String?
    private var isPublic: Bool?
    /// The settings; nil if something is wrong with them.
    private(set) var config: PlanningConfig?
    /// The version that a writer says they saw; nil if they do not say.
    private(set) var version: Int?

    var faults: [Problem.Fault] { fields.faults }

    /// Which members a body may have beyond `name`, `is_public` and `config`.
    enum Kind {
        /// A new template.
        case new
        /// What replaces one: `version` may be there.
        case replacement
        /// A file that was exported: `kind` and `format` may be there.
        case file
        /// Something to validate: all of them may be there, and no `name` has to.
        case draft

        fileprivate var members: [String] {
            switch self {
            case .new: []
            case .replacement: ["version"]
            case .file: ["kind", "format"]
            case .draft: ["version", "kind", "format"]
            }
        }
    }

    init(_ json: JSONValue, kind: Kind) {
        fields = RequestFields(json: json, known: ["name", "is_public", "config"] + kind.members)
        guard fields.isReadable else { return }
        readFile()
        readName(isNeeded: kind != .draft)
        isPublic = fields.flag("is_public")
        version = whole("version", in: 1...Int64(Int32.max)).map(Int.init)
        readConfig()
    }

    /// - Throws: `InputFaults` if there is any.
    func content() throws(InputFaults) -> TemplateContent {
        guard faults.isEmpty, let name, let config else { throw InputFaults(faults) }
        return TemplateContent(name: name, isPublic: isPublic ?? false, config: WireJSON.data(config))
    }

    private mutating func readName(isNeeded: Bool) {
        let text = fields.text("name")
        do throws(InputFaults) {
            name = try ScheduleName.read(text)
            if isNeeded, name == nil, faults.allSatisfy({ $0.field != "name" }) {
                fields.refuse("name", text == nil ? "is missing" : "is empty")
            }
        } catch { fields.add(error) }
    }

    private mutating func readConfig() {
        guard let value = fields.value("config"), value != .null else {
            return fields.refuse("config", "is missing")
        }
        do throws(InputFaults) { config = try PlanningConfig(value) } catch { fields.add(error) }
    }

    /// What an exported file says of itself.
    private mutating func readFile() {
        if let kind = fields.text("kind"), kind != TemplateFile.kind {
            fields.refuse("kind", "\"\(TemplateFile.kind)\" is expected")
        }
        if let format = whole("format", in: 0...Int64(Int32.max)), format != TemplateFile.format {
            fields.refuse("format", "this version reads format \(TemplateFile.format)")
        }
    }

    private mutating func whole(_ field: String, in bounds: ClosedRange<Int64>) -> Int64? {
        guard let value = fields.value(field), value != .null else { return nil }
        guard case .number(let literal) = value, let number = try? literal.value(places: 0),
            bounds.contains(number)
        else {
            fields.refuse(
                field, "a whole number from \(bounds.lowerBound) to \(bounds.upperBound) is expected")
            return nil
        }
        return number
    }
}
