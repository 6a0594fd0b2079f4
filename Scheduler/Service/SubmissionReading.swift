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
    /// The canonical names: one for a schedule, several different ones for a comparison.
    var strategies: [String]
    var input: PlanningInput
    /// The template that the settings were taken from; nil if none was.
    var templateID: String?
    /// nil if the caller leaves it to us.
    var startTime: StartTime?
    /// SHA-256 of what was asked for. It is taken over the meaning and not over the bytes, because a client
    /// that sends a form again writes another boundary; and over the settings as they were asked for, because
    /// the template under them may have changed since.
    var digest: Data
}

/// A body with lots, before anything in it is looked at but its outermost form.
struct SubmissionBody {
    var fields: RequestFields
    var lots: Lots

    enum Lots {
        /// `lots_data`, or an array alone; nil if it is missing.
        case json(JSONValue?)
        /// `csv_file`; nil if it is missing.
        case csv(ArraySlice<UInt8>?)
    }

    /// The JSON form: an object with `lots_data` and some of `fields`.
    init(json: JSONValue, fields: [String]) {
        self.fields = RequestFields(json: json, known: ["lots_data"] + fields)
        lots = .json(json["lots_data"])
    }

    /// The form: `csv_file`, and some of `fields`, of which `config` is JSON text.
    init(form: MultipartForm, fields: [String]) {
        self.fields = RequestFields(form: form, known: ["csv_file"] + fields)
        lots = .csv(form["csv_file"])
    }

    /// Lots alone, as a JSON array.
    init(lots value: JSONValue) {
        fields = RequestFields()
        lots = .json(value)
    }
}

/// Reads a submission field by field and finds everything that is wrong with it.
struct SubmissionReading {
    /// What is asked for.
    enum Kind {
        case schedule, comparison

        /// What it takes beyond its lots.
        var fields: [String] {
            ["name", self == .schedule ? "strategy" : "strategies", "template", "config", "start_time"]
        }
    }

    /// How many strategies are compared.
    static let comparedStrategies = 2...6

    private var fields: RequestFields
    private(set) var warnings: [Problem.Fault] = []
    private(set) var lotsCount = 0
    private var name: String?
    private var strategies: [String] = []
    private var config: PlanningConfig
    private let templateID: String?
    private var startTime: StartTime?
    private var lots: [Lot] = []
    private var asked = AskedFor()

    var faults: [Problem.Fault] { fields.faults }

    /// What decides whether two requests ask for the same.
    private struct AskedFor: Encodable {
        var name: String?
        var strategy: String?
        var strategies: [String]?
        var template: String?
        var config: String?
        var start: UTCTime?
        var lots: [Lot] = []
    }

    /// - Throws: `InputFaults` if there is any.
    func submission() throws(InputFaults) -> ReadSubmission {
        guard faults.isEmpty else { throw InputFaults(faults) }
        return ReadSubmission(
            name: name, strategies: strategies, input: PlanningInput(lots: lots, config: config),
            templateID: templateID, startTime: startTime,
            digest: Data(SHA256.hash(data: WireJSON.data(asked))))
    }

    /// - Parameter base: What `template` names, or stands in its place; nil if there is no such template.
    init(_ kind: Kind, _ body: SubmissionBody, over base: SettingsBase?, limits: InputLimits) {
        fields = body.fields
        config = base?.config ?? .standard
        templateID = base?.templateID
        if base == nil { fields.refuse("template", "there is no such template") }
        readName()
        switch kind {
        case .schedule: readStrategy()
        case .comparison: readStrategies()
        }
        readStartTime()
        asked.template = fields.text("template")
        let settings = fields.value("config")
        collect { (reading) throws(InputFaults) in
            reading.config = try PlanningConfig(settings, over: reading.config)
        }
        asked.config = settings?.canonicalText
        readLots(body.lots, limits: limits)
    }

    private mutating func readLots(_ source: SubmissionBody.Lots, limits: InputLimits) {
        let reading: LotsReading
        switch source {
        case .json(let value?): reading = LotsJSON.read(value, rules: config.rules, limits: limits)
        case .csv(let bytes?): reading = LotsCSV.read(bytes, rules: config.rules, limits: limits)
        case .json(nil):
            if fields.isReadable { fields.refuse("lots_data", "is missing") }
            return
        case .csv(nil): return fields.refuse("csv_file", "is missing")
        }
        lots = reading.lots
        asked.lots = lots
        lotsCount = reading.count
        if !reading.faults.isEmpty { fields.add(InputFaults(reading.faults)) }
        warnings += reading.warnings
    }

    private mutating func readName() {
        let text = fields.text("name")
        collect { (reading) throws(InputFaults) in reading.name = try ScheduleName.read(text) }
        asked.name = name
    }

    private mutating func readStrategy() {
        let name = fields.text("strategy") ?? Catalogue.defaultName
        strategies = canonical(name, field: "strategy").map { [$0] } ?? []
        asked.strategy = strategies.first
    }

    private mutating func readStrategies() {
        let faultsBefore = faults.count
        guard let names = fields.texts("strategies") else {
            if faults.count == faultsBefore { fields.refuse("strategies", "is missing") }
            return
        }
        // More are refused before any is looked at.
        guard Self.comparedStrategies.contains(names.count) else {
            return fields.refuse(
                "strategies",
                "\(Self.comparedStrategies.lowerBound) to \(Self.comparedStrategies.upperBound) different "
                    + "strategies are expected")
        }
        for (index, name) in names.enumerated() {
            guard let strategy = canonical(name, field: "strategies[\(index)]") else { continue }
            if strategies.contains(strategy) {
                fields.refuse("strategies[\(index)]", "\(strategy) is there twice")
            } else {
                strategies.append(strategy)
            }
        }
        asked.strategies = strategies
    }

    /// The canonical name of a strategy; nil if there is none of that name.
    private mutating func canonical(_ name: String, field: String) -> String? {
        do throws(StrategyRefusal) { return try Catalogue.entry(named: name).name } catch {
            for fault in error.faults().faults { fields.refuse(field, fault.message) }
            return nil
        }
    }

    private mutating func readStartTime() {
        guard let text = fields.text("start_time") else { return }
        collect { (reading) throws(InputFaults) in reading.startTime = try StartTime(parsing: text) }
        asked.start = startTime?.time
        if let warning = startTime?.warning { warnings.append(warning) }
    }

    private mutating func collect(_ read: (inout SubmissionReading) throws(InputFaults) -> Void) {
        do throws(InputFaults) { try read(&self) } catch { fields.add(error) }
    }
}

extension JSONValue {
    /// The value as text that is the same however its members were ordered and spaced.
    fileprivate var canonicalText: String {
        switch self {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .number(let literal): literal.text
        case .string(let text): WireJSON.text(text)
        case .array(let values): "[" + values.map(\.canonicalText).joined(separator: ",") + "]"
        case .object(let members):
            "{"
                + members.sorted { $0.key < $1.key }
                .map { "\(WireJSON.text($0.key)):\($0.value.canonicalText)" }.joined(separator: ",") + "}"
        }
    }
}
