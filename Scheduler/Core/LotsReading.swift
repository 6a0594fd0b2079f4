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

    /// A lot, or as much of it as there is. `place` tells a person where it stands, such as `line 4`.
    mutating func add(
        id: Field<String>, type: Field<String>, vials: Field<Int64>, line: Int? = nil, place: String
    ) {
        reading.count += 1
        let before = reading.faults.count
        let name = text(id, "the lot ID", atMost: InputLimits.lotIDLength, line: line)
        let kind = text(type, "the lot type", atMost: InputLimits.lotTypeLength, line: line)
        if let count = vials.value { check(Vials(count), field: vials.name, line: line) }
        if let name, let first = places.updateValue(place, forKey: name) {
            places[name] = first
            fault(field: id.name, line: line, "the lot ID \(name) is already used in \(first)")
        }
        if let kind { noteSpelling(of: kind, field: type.name, line: line) }
        guard reading.faults.count == before, let name, let kind, let count = vials.value else { return }
        reading.lots.append(Lot(id: name, type: kind, vials: Vials(count)))
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
        return reading
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
