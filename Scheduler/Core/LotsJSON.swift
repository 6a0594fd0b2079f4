import ServiceCore

/// Lots as the API takes them: an array of `{lot_id, lot_type, vials, fill_hours?, due?,
/// priority?}`.
package enum LotsJSON {
    /// The lots of `value`, with every fault at its field, such as `lots_data[3].vials`.
    ///
    /// `fill_hours` follows from the vials: one that says otherwise earns a warning and is not used.
    /// - Parameter field: the name of the array in the caller's terms.
    package static func read(
        _ value: JSONValue, field: String = "lots_data", rules: LineRules, limits: InputLimits = .standard
    ) -> LotsReading {
        guard case .array(let entries) = value else {
            return LotsReading(faults: [
                .init(field: field, message: "an array of lots is expected, not \(value.kind)")
            ])
        }
        guard entries.count <= limits.lots else {
            let message = "\(entries.count) lots, at most \(limits.lots) are allowed"
            return LotsReading(faults: [.init(field: field, message: message)], count: entries.count)
        }
        var collector = LotCollector(rules: rules)
        for (index, entry) in entries.enumerated() {
            add(entry, place: "\(field)[\(index)]", rules: rules, to: &collector)
        }
        return collector.finish(field: field)
    }

    private static let keys: Set<String> = ["lot_id", "lot_type", "vials", "fill_hours", "due", "priority"]

    private static func add(
        _ entry: JSONValue, place: String, rules: LineRules, to collector: inout LotCollector
    ) {
        let faultsBefore = collector.reading.faults.count
        func field<Value>(_ key: String, _ value: Value?) -> LotCollector.Field<Value> {
            .init(name: "\(place).\(key)", value: value)
        }
        guard case .object(let members) = entry else {
            collector.fault(field: place, "a lot is an object, not \(entry.kind)")
            let nothing = LotCollector.Entry(
                id: field("lot_id", nil), type: field("lot_type", nil), vials: field("vials", nil),
                due: field("due", nil), priority: field("priority", nil), place: place)
            return collector.add(nothing, faultsBefore: faultsBefore)
        }
        if let stranger = members.first(where: { !keys.contains($0.key) }) {
            let known = keys.sorted().joined(separator: ", ")
            collector.warn(
                field: place, "\"\(TextRule.shown(stranger.key))\" is not used; a lot has \(known)")
        }
        let vials = whole(
            entry["vials"], from: InputLimits.vials, at: "\(place).vials", in: &collector)
        checkFillHours(
            entry["fill_hours"], vials: vials, at: "\(place).fill_hours", rules: rules, in: &collector)
        let id = text(entry["lot_id"], at: "\(place).lot_id", in: &collector)
        let type = text(entry["lot_type"], at: "\(place).lot_type", in: &collector)
        let due = stated(entry["due"]).flatMap { text($0, at: "\(place).due", in: &collector) }
        let priority = stated(entry["priority"]).flatMap {
            whole($0, from: InputLimits.priorities, at: "\(place).priority", in: &collector)
        }
        collector.add(
            .init(
                id: field("lot_id", id), type: field("lot_type", type), vials: field("vials", vials),
                due: field("due", due), priority: field("priority", priority), place: place),
            faultsBefore: faultsBefore)
    }

    /// The value of a key that need not be there; nil if it is not, or is null.
    private static func stated(_ value: JSONValue?) -> JSONValue? { value == .null ? nil : value }

    private static func text(
        _ value: JSONValue?, at field: String, in collector: inout LotCollector
    ) -> String? {
        switch value {
        case .string(let text): return text
        case nil: collector.fault(field: field, "is missing")
        case .some(let other): collector.fault(field: field, "a string is expected, not \(other.kind)")
        }
        return nil
    }

    private static func whole(
        _ value: JSONValue?, from bounds: ClosedRange<Int64>, at field: String,
        in collector: inout LotCollector
    ) -> Int64? {
        switch value {
        case .number(let literal):
            do throws(DecimalLiteral.Mismatch) {
                return try literal.value(places: 0)
            } catch {
                collector.fault(
                    field: field,
                    "a whole number from \(bounds.lowerBound) to \(bounds.upperBound) is expected")
            }
        case nil: collector.fault(field: field, "is missing")
        case .some(let other): collector.fault(field: field, "a whole number is expected, not \(other.kind)")
        }
        return nil
    }

    private static func checkFillHours(
        _ value: JSONValue?, vials: Int64?, at field: String, rules: LineRules,
        in collector: inout LotCollector
    ) {
        switch value {
        case nil, .null: return
        case .number(let literal):
            guard let vials, InputLimits.vials.contains(vials), let stated = literal.double else { return }
            let computed = rules.hours(rules.fillTime(of: Vials(vials)))
            // Callers round to minutes or to two decimals; more than that is a disagreement.
            if abs(stated - computed) > 0.01 + computed / 1_000 {
                collector.warn(
                    field: field,
                    "\(stated) h is not used: \(vials) vials take \(HoursText.rounded(computed)) h")
            }
        case .some(let other): collector.fault(field: field, "a number is expected, not \(other.kind)")
        }
    }
}
