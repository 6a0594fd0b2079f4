/// A metric as it is announced: its name, what it is, what its labels are called.
package struct MetricFamily: Sendable, Hashable {
    /// What a family's numbers mean to whoever reads them.
    package enum Kind: String, Sendable, Hashable {
        case counter, gauge, histogram
    }

    /// Of `a-z 0-9 _`, in base units, and ending in `_total` if and only if it is a counter.
    package let name: String
    package let kind: Kind
    /// One sentence.
    package let help: String
    /// The names of its labels, in the order in which a sample gives their values.
    package let labels: [String]

    package init(_ name: String, _ kind: Kind, _ help: String, labels: [String] = []) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
    }
}

/// A scrape in Prometheus's text exposition format, version 0.0.4. It comes out in the order in which it was
/// written, so the same numbers give the same bytes.
package struct MetricsText: Sendable {
    /// The media type of what this writes.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// A number as it is written: exact, because nothing here is a floating-point number.
    package enum Value: Sendable, Hashable {
        case count(Int)
        /// Shown in seconds.
        case microseconds(Int)
    }

    package private(set) var bytes: [UInt8] = []
    private var family: MetricFamily?
    private var begun: Set<String> = []

    package init() {}

    /// Announces a family; the samples that follow are its. Each is announced once.
    package mutating func begin(_ family: MetricFamily) {
        precondition(begun.insert(family.name).inserted, "\(family.name) is announced twice")
        self.family = family
        write("# HELP \(family.name) ")
        writeEscaped(family.help, isLabel: false)
        write("\n# TYPE \(family.name) \(family.kind.rawValue)\n")
    }

    /// A sample of the family announced last, with its labels' values in the order of their names.
    package mutating func sample(_ value: Value, _ labels: String...) { sample(value, labels) }

    package mutating func sample(_ value: Value, _ labels: [String] = []) {
        guard let family else { preconditionFailure("no family is announced") }
        line(family.name, zip(family.labels, labels), value)
        precondition(labels.count == family.labels.count, "\(family.name) has other labels")
    }

    /// A family of one sample.
    package mutating func single(_ family: MetricFamily, _ value: Value) {
        begin(family)
        sample(value)
    }

    /// A histogram of the family announced last: each bucket holds what is within its bound, the lower ones
    /// included.
    package mutating func histogram(_ histogram: Histogram, _ labels: String...) {
        guard let family else { preconditionFailure("no family is announced") }
        let own = Array(zip(family.labels, labels))
        precondition(labels.count == family.labels.count, "\(family.name) has other labels")
        var total = 0
        for (bound, count) in zip(histogram.bounds.microseconds, histogram.counts) {
            total &+= count
            line("\(family.name)_bucket", own + [("le", Self.seconds(bound))], .count(total))
        }
        line("\(family.name)_bucket", own + [("le", "+Inf")], .count(histogram.count))
        line("\(family.name)_sum", own, .microseconds(histogram.sum))
        line("\(family.name)_count", own, .count(histogram.count))
    }

    private mutating func line(
        _ name: String, _ labels: some Sequence<(String, String)>, _ value: Value
    ) {
        write(name)
        var separator = "{"
        for (label, text) in labels {
            write("\(separator)\(label)=\"")
            writeEscaped(text, isLabel: true)
            write("\"")
            separator = ","
        }
        if separator == "," { write("}") }
        write(" ")
        switch value {
        case .count(let count): write(String(count))
        case .microseconds(let span): write(Self.seconds(span))
        }
        write("\n")
    }

    private mutating func write(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// A backslash and a line feed are escaped everywhere, a quotation mark within a label's value.
    private mutating func writeEscaped(_ text: String, isLabel: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): write("\\\\")
            case UInt8(ascii: "\n"): write("\\n")
            case UInt8(ascii: "\"") where isLabel: write("\\\"")
            default: bytes.append(byte)
            }
        }
    }

    /// Microseconds in seconds, in the fewest digits that are exact: `0.00025`, `2.5`, `30`.
    private static func seconds(_ microseconds: Int) -> String {
        let (whole, rest) = microseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
        var text = (microseconds < 0 ? "-" : "") + String(whole)
        guard rest > 0 else { return text }
        var digits = String(rest)
        digits = String(repeating: "0", count: 6 - digits.count) + digits
        while digits.last == "0" { digits.removeLast() }
        text += "." + digits
        return text
    }
}
