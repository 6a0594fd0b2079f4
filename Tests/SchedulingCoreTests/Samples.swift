import SchedulingCore

/// Lots of the wanted sizes, named L0, L1 and so on.
func lots(_ sizes: [(type: String, vials: Int64)]) -> [Lot] {
    sizes.enumerated().map { Lot(id: "L\($0.offset)", type: $0.element.type, vials: Vials($0.element.vials)) }
}

/// Rules under which numbers are easy: a vial fills in an hour.
func hourlyRules(
    clean: Int64 = 24, window: Int64 = 120, same: Int64 = 4, other: Int64 = 8
) throws -> LineRules {
    guard
        let rules = LineRules(
            fillRate: VialsPerHour(1), clean: Hours(clean), window: Hours(window),
            sameTypeChangeover: Hours(same), otherTypeChangeover: Hours(other))
    else { throw BadSample() }
    return rules
}

struct BadSample: Error {}

extension LotsReading {
    /// `line|field|message` of every fault.
    var faultLines: [String] {
        faults.map { "\($0.line.map(String.init) ?? "-")|\($0.field ?? "-")|\($0.message)" }
    }
}

extension InputFaults {
    var fields: [String?] { faults.map(\.field) }
}
