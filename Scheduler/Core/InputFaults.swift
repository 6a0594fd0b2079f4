package import ServiceCore

/// Everything that is wrong with an input, found in one reading. Never empty.
package struct InputFaults: Error, Hashable {
    package var faults: [Problem.Fault]

    package init(_ faults: [Problem.Fault]) { self.faults = faults }
    package init(field: String? = nil, line: Int? = nil, _ message: String) {
        faults = [Problem.Fault(field: field, line: line, message: message)]
    }
}

/// How much input is taken.
package struct InputLimits: Sendable, Hashable {
    /// The most lots of one schedule; more are refused before any is read.
    package let lots: Int

    package static let defaultLots = 1_000
    package static let mostLots = 10_000
    /// The most lots of a file that a command plans.
    package static let mostLotsOfFile = 50_000
    package static let lotIDLength = 50
    package static let lotTypeLength = 20
    package static let nameLength = 255
    package static let vials: ClosedRange<Int64> = 1...100_000_000
    package static let priorities: ClosedRange<Int64> = 0...100

    package static let standard = InputLimits()

    private init() { lots = Self.defaultLots }

    /// The limits of a file that a command plans: 50,000 lots, and fewer if blocks can be so long that more
    /// lots might end later than 10,000 of them under any rules, which is what `LineRules` and `StartTime`
    /// count on.
    package init(ofFileUnder rules: LineRules) {
        let longest = LineRules.cleans.upperBound.tenThousandths + LineRules.windows.upperBound.tenThousandths
        let block = rules.clean.tenThousandths + rules.window.tenThousandths
        lots = min(Self.mostLotsOfFile, Int(Int64(Self.mostLots) * longest / block))
    }

    /// Limits with `lots` lots; nil unless that is 1 to 10,000.
    package init?(lots: Int) {
        guard (1...Self.mostLots).contains(lots) else { return nil }
        self.lots = lots
    }
}

/// What a short text of the caller's may hold. Lengths count Unicode scalars, so that no pile of combining
/// marks counts as one character.
package enum TextRule {
    /// The text without white space around it.
    package static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }

    /// What is wrong with `text`, as the end of a sentence that starts with the field's name; nil if nothing
    /// is.
    package static func fault(in text: String, atMost length: Int) -> String? {
        if text.isEmpty { return "is empty" }
        let scalars = text.unicodeScalars
        if scalars.count > length { return "has \(scalars.count) characters, at most \(length) are allowed" }
        if let bad = scalars.first(where: isRefused) {
            let code = String(bad.value, radix: 16, uppercase: true)
            let padded = String(repeating: "0", count: max(0, 4 - code.count)) + code
            return "holds the control character U+\(padded)"
        }
        return nil
    }

    /// The caller's text as a message may repeat it: without control characters and cut at 40 characters.
    package static func shown(_ text: some StringProtocol) -> String {
        let kept = text.unicodeScalars.lazy.filter { !isRefused($0) }
        let shown = String(String.UnicodeScalarView(kept.prefix(40)))
        return kept.dropFirst(40).isEmpty ? shown : shown + "…"
    }

    /// Controls, line and paragraph separators, and the marks that turn the direction of the text after
    /// them: all of them make a text look like something that it is not.
    package static func isRefused(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: scalar.properties.isBidiControl
        }
    }
}

/// The name that a caller gives a schedule, a comparison or a template.
package enum ScheduleName {
    /// The name without white space around it; nil where there is none.
    /// - Throws: one fault on `field` if it is longer than 255 characters or holds a control character.
    package static func read(_ text: String?, field: String = "name") throws(InputFaults) -> String? {
        guard let text else { return nil }
        let name = TextRule.trimmed(text)
        if name.isEmpty { return nil }
        if let wrong = TextRule.fault(in: name, atMost: InputLimits.nameLength) {
            throw InputFaults(field: field, "the name \(wrong)")
        }
        return name
    }
}
