/// How the filling line spends its time: all that turns a sequence of lots into hours.
///
/// A clean precedes every block; a block's fills and changeovers together last at most the window.
package struct LineRules: Sendable, Hashable {
    /// How fast vials are filled.
    package let fillRate: VialsPerHour
    /// The clean before every block, the first included.
    package let clean: Hours
    /// The longest that a block may last after its clean.
    package let window: Hours
    /// The changeover between two lots of one type.
    package let sameTypeChangeover: Hours
    /// The changeover between two lots of different types.
    package let otherTypeChangeover: Hours
    /// Changeovers by pair of types, in place of the two constants.
    package let changeoverMatrix: ChangeoverMatrix

    /// 332 vials a minute; 24 h of cleaning, a window of 120 h, changeovers of 4 h and 8 h.
    package static let standard = LineRules()

    /// Bounds that keep every sum of the largest input within 64 bits (10,000 lots of 2,000 h at 10^10
    /// ticks an hour; more lots are taken only where they last no longer), and every end before the year 9999.
    package static let fillRates: ClosedRange<Int64> = 1...1_000_000
    package static let cleans = Hours(0)...Hours(1_000)
    package static let windows = Hours(tenThousandths: 1)...Hours(1_000)
    package static let changeovers = Hours(0)...Hours(1_000)

    private init() {
        fillRate = VialsPerHour(19_920)
        clean = Hours(24)
        window = Hours(120)
        sameTypeChangeover = Hours(4)
        otherTypeChangeover = Hours(8)
        changeoverMatrix = .none
    }

    /// Rules with these figures; nil if one is out of its bounds.
    package init?(
        fillRate: VialsPerHour, clean: Hours, window: Hours, sameTypeChangeover: Hours,
        otherTypeChangeover: Hours, changeoverMatrix: ChangeoverMatrix = .none
    ) {
        guard Self.fillRates.contains(fillRate.count), Self.cleans.contains(clean),
            Self.windows.contains(window), Self.changeovers.contains(sameTypeChangeover),
            Self.changeovers.contains(otherTypeChangeover)
        else { return nil }
        self.fillRate = fillRate
        self.clean = clean
        self.window = window
        self.sameTypeChangeover = sameTypeChangeover
        self.otherTypeChangeover = otherTypeChangeover
        self.changeoverMatrix = changeoverMatrix
    }
}

extension LineRules {
    /// Ticks in an hour: the smallest unit in which spans of hours and fills of vials are both whole.
    package var ticksPerHour: Int64 { Hours.tenThousandthsPerHour * fillRate.count }

    /// A configured span, exactly.
    package func ticks(_ hours: Hours) -> Ticks { Ticks(hours.tenThousandths * fillRate.count) }

    /// How long it takes to fill `vials`, exactly.
    package func fillTime(of vials: Vials) -> Ticks { Ticks(vials.count * Hours.tenThousandthsPerHour) }

    /// How long the line is changed over between two lots of a block, exactly.
    package func changeover(from first: String, to second: String) -> Ticks {
        if let hours = changeoverMatrix.changeover(from: first, to: second) { return ticks(hours) }
        return ticks(first == second ? sameTypeChangeover : otherTypeChangeover)
    }

    /// The span in hours as the nearest binary fraction, for display and the wire.
    package func hours(_ span: Ticks) -> Double { Double(span.count) / Double(ticksPerHour) }
}
