import Crypto
import Foundation
import SchedulingCore
import SchedulingStrategies
import ServiceCore

/// What the planner needs of a submission; the store keeps it as JSON.
struct PlanningInput: Codable {
    var lots: [Lot]
    var config: PlanningConfig

    var data: Data { WireJSON.data(self) }
}

/// A submission that can be planned.
struct ReadSubmission {
    /// nil if the caller gave none.
    var name: String?
    /// The canonical name.
    var strategy: String
    var input: PlanningInput
    /// nil if the caller leaves it to us.
    var startTime: StartTime?

    /// SHA-256 of what was asked for. It is taken over the meaning and not over the bytes, because a client
    /// that sends a form again writes another boundary.
    var digest: Data {
        struct Content: Encodable {
            var name: String?
            var strategy: String
            var input: PlanningInput
            var start: UTCTime?
        }
        let content = Content(name: name, strategy: strategy, input: input, start: startTime?.time)
        return Data(SHA256.hash(data: WireJSON.data(content)))
    }
}

/// Reads a submission field by field and finds everything that is wrong with it.
struct SubmissionReading {
    private(set) var faults: [Problem.Fault] = []
    private(set) var warnings: [Problem.Fault] = []
    private(set) var lotsCount = 0
    private var name: String?
    private var strategy = Catalogue.defaultName
    private var config = PlanningConfig.standard
    private var startTime: StartTime?
    private var lots: [Lot] = []

    static let jsonFields = ["name", "lots_data", "strategy", "config", "start_time"]
    static let formFields = ["csv_file", "name", "strategy", "config", "start_time"]

    /// - Throws: `InputFaults` if there is any.
    func submission() throws(InputFaults) -> ReadSubmission {
        guard faults.isEmpty else { throw InputFaults(faults) }
        return ReadSubmission(
            name: name, strategy: strategy, input: PlanningInput(lots: lots, config: config),
            startTime: startTime)
    }

    /// The JSON form: an object with `jsonFields`.
    init(json: JSONValue, limits: InputLimits) {
        guard case .object(let members) = json else {
            faults = [.init(message: "an object is expected, not \(json.kind)")]
            return
        }
        for member in members where !Self.jsonFields.contains(member.key) {
            refuseUnknown(member.key, known: Self.jsonFields)
        }
        readName(text(json["name"], field: "name"))
        readStrategy(text(json["strategy"], field: "strategy"))
        readStartTime(text(json["start_time"], field: "start_time"))
        if let value = json["config"] {
            collect { (reading) throws(InputFaults) in reading.config = try PlanningConfig(value) }
        }
        guard let value = json["lots_data"] else {
            faults.append(.init(field: "lots_data", message: "is missing"))
            return
        }
        take(LotsJSON.read(value, rules: config.rules, limits: limits))
    }

    /// Lots alone, as a JSON array.
    init(lots value: JSONValue, limits: InputLimits) {
        take(LotsJSON.read(value, rules: config.rules, limits: limits))
    }

    /// The form: `formFields`, of which `csv_file` is the file and `config` is JSON text.
    init(form: MultipartForm, limits: InputLimits) {
        for field in form.fields where !Self.formFields.contains(field.name) {
            refuseUnknown(field.name, known: Self.formFields)
        }
        readName(text(form["name"], field: "name"))
        readStrategy(text(form["strategy"], field: "strategy"))
        readStartTime(text(form["start_time"], field: "start_time"))
        if let bytes = form["config"], !bytes.isEmpty {
            collect { (reading) throws(InputFaults) in
                let value: JSONValue
                do throws(InputFaults) { value = try JSONValue(parsing: bytes) } catch {
                    throw error.below("config")
                }
                reading.config = try PlanningConfig(value)
            }
        }
        guard let bytes = form["csv_file"] else {
            faults.append(.init(field: "csv_file", message: "is missing"))
            return
        }
        take(LotsCSV.read(bytes, rules: config.rules, limits: limits))
    }

    private mutating func take(_ reading: LotsReading) {
        lots = reading.lots
        lotsCount = reading.count
        faults += reading.faults
        warnings += reading.warnings
    }

    private mutating func readName(_ text: String?) {
        collect { (reading) throws(InputFaults) in reading.name = try ScheduleName.read(text) }
    }

    private mutating func readStrategy(_ text: String?) {
        guard let text else { return }
        do throws(StrategyRefusal) {
            strategy = try Catalogue.entry(named: text).name
        } catch {
            faults += error.faults().faults
        }
    }

    private mutating func readStartTime(_ text: String?) {
        guard let text else { return }
        collect { (reading) throws(InputFaults) in reading.startTime = try StartTime(parsing: text) }
        if let warning = startTime?.warning { warnings.append(warning) }
    }

    private mutating func refuseUnknown(_ field: String, known: [String]) {
        let shown = String(
            String.UnicodeScalarView(field.unicodeScalars.filter { $0.value >= 0x20 }.prefix(40)))
        faults.append(
            .init(field: shown, message: "there is no such field; known are \(known.joined(separator: ", "))")
        )
    }

    private mutating func text(_ value: JSONValue?, field: String) -> String? {
        switch value {
        case nil, .null: return nil
        case .string(let text): return text
        case .some(let other):
            faults.append(.init(field: field, message: "a string is expected, not \(other.kind)"))
            return nil
        }
    }

    /// An empty field of a form is one that was not filled in.
    private mutating func text(_ bytes: ArraySlice<UInt8>?, field: String) -> String? {
        guard let bytes, !bytes.isEmpty else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            faults.append(.init(field: field, message: "the text is not UTF-8"))
            return nil
        }
        return text
    }

    private mutating func collect(_ read: (inout SubmissionReading) throws(InputFaults) -> Void) {
        do throws(InputFaults) { try read(&self) } catch { faults += error.faults }
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
