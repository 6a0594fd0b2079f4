package import ServiceCore

/// What a reading of lots found: the lots, or everything that is wrong with them.
package struct LotsReading: Sendable, Hashable {
    /// The lots without fault, in input order.
    package var lots: [Lot]
    /// Everything that makes the input unfit, in input order. Empty when it can be planned.
    package var faults: [Problem.Fault]
    /// What the caller should know although the input can be planned.
    package var warnings: [Problem.Fault]
    /// Lots in the input, those with faults included.
    package var count: Int

    package init(
        lots: [Lot] = [], faults: [Problem.Fault] = [], warnings: [Problem.Fault] = [], count: Int = 0
    ) {
        self.lots = lots
        self.faults = faults
        self.warnings = warnings
        self.count = count
    }

    package var isValid: Bool { faults.isEmpty }

    /// The lots, if nothing is wrong with any of them.
    package func valid() throws(InputFaults) -> [Lot] {
        guard faults.isEmpty else { throw InputFaults(faults) }
        return lots
    }
}

/// Checks lots one after the other, whatever they were read from, and finds duplicate IDs in O(n).
struct LotCollector {
    private(set) var reading = LotsReading()
    private let rules: LineRules
    /// Where each ID was seen first.
    private var places: [String: String] = [:]
    /// Types as first written, by their lower-case form.
    private var spellings: [String: String] = [:]

    init(rules: LineRules) { self.rules = rules }

    /// A field of a lot as the input has it.
    struct Field<Value> {
        /// The field's name in the caller's terms.
        var name: String
        /// Nil where the reader has already reported why there is none.
        var value: Value?
    }

    /// A lot as the input has it.
    struct Entry {
        var id: Field<String>
        var type: Field<String>
        var vials: Field<Int64>
        /// Nil too where the lot is not due at any time.
        var due: Field<String>
        /// Nil too where the lot has no priority.
        var priority: Field<Int64>
        /// The line on which it stands; nil in what has no lines.
        var line: Int?
        /// Where it stands, for people, such as `line 4`.
        var place: String
    }

    /// Checks a lot, or as much of it as there is, and keeps it if nothing is wrong with it.
    /// - Parameter faultsBefore: how many faults there were before the reader looked at this lot.
    mutating func add(_ entry: Entry, faultsBefore: Int) {
        let (id, type, vials, line) = (entry.id, entry.type, entry.vials, entry.line)
        reading.count += 1
        let name = text(id, "the lot ID", atMost: InputLimits.lotIDLength, line: line)
        let kind = text(type, "the lot type", atMost: InputLimits.lotTypeLength, line: line)
        if let count = vials.value { check(Vials(count), field: vials.name, line: line) }
        let due = entry.due.value.flatMap { dueTime($0, field: entry.due.name, line: line) }
        let priority = entry.priority.value
        if let priority { check(priority: priority, field: entry.priority.name, line: line) }
        if let name, let first = places.updateValue(entry.place, forKey: name) {
            places[name] = first
            fault(field: id.name, line: line, "the lot ID \(name) is already used in \(first)")
        }
        if let kind { noteSpelling(of: kind, field: type.name, line: line) }
        guard reading.faults.count == faultsBefore, let name, let kind, let count = vials.value else {
            return
        }
        reading.lots.append(Lot(id: name, type: kind, vials: Vials(count), due: due, priority: priority))
    }

    mutating func fault(field: String? = nil, line: Int? = nil, _ message: String) {
        reading.faults.append(.init(field: field, line: line, message: message))
    }

    mutating func warn(field: String? = nil, line: Int? = nil, _ message: String) {
        reading.warnings.append(.init(field: field, line: line, message: message))
    }

    /// The reading, complete; an input without lots is a fault.
    mutating func finish(field: String?) -> LotsReading {
        if reading.count == 0, reading.faults.isEmpty { fault(field: field, "there are no lots") }
        warnOfTypesWithoutChangeovers()
        return reading
    }

    /// A type that a changeover matrix does not name may be a type that somebody forgot or misspelt.
    private mutating func warnOfTypesWithoutChangeovers() {
        guard !rules.changeoverMatrix.isEmpty else { return }
        let forgotten = Set(reading.lots.lazy.map(\.type)).subtracting(rules.changeoverMatrix.types).sorted()
        guard let first = forgotten.first else { return }
        let more = forgotten.count > 1 ? " and \(forgotten.count - 1) more" : ""
        warn(
            "the changeover matrix does not name the type \(first)\(more): chg_same_hours and "
                + "chg_diff_hours are used")
    }

    private mutating func text(_ field: Field<String>, _ what: String, atMost length: Int, line: Int?)
        -> String?
    {
        guard let value = field.value else { return nil }
        let trimmed = TextRule.trimmed(value)
        if let wrong = TextRule.fault(in: trimmed, atMost: length) {
            fault(field: field.name, line: line, "\(what) \(wrong)")
            return nil
        }
        return trimmed
    }

    private mutating func check(_ vials: Vials, field: String, line: Int?) {
        let bounds = InputLimits.vials
        guard bounds.contains(vials.count) else {
            let message = "\(vials.count) vials: \(bounds.lowerBound) to \(bounds.upperBound) are allowed"
            return fault(field: field, line: line, message)
        }
        let span = rules.fillTime(of: vials)
        if span > rules.ticks(rules.window) {
            let most = rules.ticks(rules.window).count / rules.fillTime(of: Vials(1)).count
            fault(
                field: field, line: line,
                "\(vials.count) vials do not fit the window of \(rules.window.value) h, which holds at most \(most)"
            )
        }
    }

    private mutating func check(priority: Int64, field: String, line: Int?) {
        let bounds = InputLimits.priorities
        if !bounds.contains(priority) {
            fault(
                field: field, line: line,
                "the priority \(priority) is not from \(bounds.lowerBound) to \(bounds.upperBound)")
        }
    }

    private mutating func dueTime(_ text: String, field: String, line: Int?) -> UTCTime? {
        switch DueTime.read(TextRule.trimmed(text)) {
        case .time(let time): return time
        case .timeWithoutOffset(let time):
            warn(field: field, line: line, "\(TextRule.shown(text)) has no offset and was taken as UTC")
            return time
        case .fault(let message):
            fault(field: field, line: line, message)
            return nil
        }
    }

    /// Two types that differ in case only are two types, but seldom meant to be.
    private mutating func noteSpelling(of type: String, field: String, line: Int?) {
        let folded = type.lowercased()
        guard let first = spellings[folded] else {
            spellings[folded] = type
            return
        }
        if first != type {
            warn(
                field: field, line: line,
                "the types \(first) and \(type) differ only in case and are two types")
        }
    }
}
