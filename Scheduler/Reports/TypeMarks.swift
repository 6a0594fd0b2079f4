import SchedulingCore

/// How a type of lots looks on a chart: a colour and a pattern, so that it is told from others without
/// colour too.
struct TypeMark: Hashable {
    var colour: Colour
    var pattern: Pattern

    /// Lines or dots over the colour.
    enum Pattern: Int, CaseIterable {
        case plain, rising, falling, dots, level, grid
    }

    /// Light enough for dark text on it. The hues are those of Okabe and Ito (2008), which people who see
    /// few colours tell apart.
    private static let colours = [
        Colour(0x7FC3EE), Colour(0xF5C15C), Colour(0x6CCBA9), Colour(0xEFA6CB), Colour(0x8AA8E6),
        Colour(0xF0906A), Colour(0xE6DD6B), Colour(0xB9B4DB),
    ]

    /// As many as there are marks that differ.
    static let count = 24

    /// What all types beyond `count` share; their names tell them apart.
    static let others = TypeMark(colour: Colour(0xD3D8DE), pattern: .plain)

    /// Eight colours and six patterns, both in turn: the first 24 pairs differ.
    static let all = (0..<count).map { index in
        TypeMark(
            colour: colours[index % colours.count],
            pattern: Pattern(rawValue: index % Pattern.allCases.count) ?? .plain)
    }
}

/// A colour of sRGB.
struct Colour: Hashable {
    /// Red, green and blue, eight bits each.
    let code: UInt32

    init(_ code: UInt32) { self.code = code }

    /// `#rrggbb`.
    var css: String {
        let digits = String(code, radix: 16)
        return "#" + String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// The parts from 0 to 1.
    var parts: (red: Double, green: Double, blue: Double) {
        (Double(code >> 16 & 0xFF) / 255, Double(code >> 8 & 0xFF) / 255, Double(code & 0xFF) / 255)
    }

    static let ink = Colour(0x17212B)
    static let faint = Colour(0x5B6875)
    static let rule = Colour(0xD5DBE1)
    static let band = Colour(0xF2F5F8)
    static let paper = Colour(0xFFFFFF)
    static let accent = Colour(0x0B5C8A)
    /// Over the colour of a type.
    static let patternInk = Colour(0x3C4A57)
    static let changeover = Colour(0x3C4A57)
    static let cleanInk = Colour(0x8A97A3)
    /// The end of a window.
    static let limit = Colour(0xB3261E)
}

/// The marks of a schedule's types: those that fill longest first, so that the clearest go to them.
struct TypeLegend {
    struct Entry {
        var type: String
        var mark: TypeMark
        var lots: Int
        var fillHours: Double

        /// `1 lot`, `12 lots`.
        var lotsName: String { lots == 1 ? "1 lot" : "\(ReportText.whole(Int64(lots))) lots" }
    }

    /// Every type once.
    let entries: [Entry]
    private let marks: [String: TypeMark]

    init(_ result: ScheduleResult) {
        var found: [String: (lots: Int, hours: Double)] = [:]
        for activity in result.activities where activity.kind == .fill {
            let type = activity.lotType ?? ""
            found[type, default: (0, 0)].lots += 1
            found[type, default: (0, 0)].hours += activity.durationHours
        }
        let ranked = found.sorted { left, right in
            left.value.hours != right.value.hours
                ? left.value.hours > right.value.hours : left.key < right.key
        }
        entries = ranked.enumerated().map { index, item in
            Entry(
                type: item.key, mark: index < TypeMark.count ? TypeMark.all[index] : TypeMark.others,
                lots: item.value.lots, fillHours: item.value.hours)
        }
        marks = Dictionary(uniqueKeysWithValues: entries.map { ($0.type, $0.mark) })
    }

    func mark(of type: String) -> TypeMark { marks[type] ?? TypeMark.others }

    /// The entries with a mark of their own, and how many types share the last.
    var shown: (entries: ArraySlice<Entry>, others: Int) {
        (entries.prefix(TypeMark.count), max(0, entries.count - TypeMark.count))
    }
}
