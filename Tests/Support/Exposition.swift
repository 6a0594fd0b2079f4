/// A scrape as Prometheus would read it: text format 0.0.4, taken at its word. Whatever the format leaves
/// open and a writer has no business using is an error too.
package struct Exposition: Sendable {
    /// One line that is not a comment.
    package struct Sample: Sendable, Hashable {
        package var name: String
        package var labels: [String: String]
        package var value: Double
    }

    /// What stands between one `# HELP` and the next.
    package struct Family: Sendable {
        package var name: String
        package var help: String
        package var kind: String
        package var samples: [Sample]
    }

    package struct Fault: Error, CustomStringConvertible {
        package let description: String
    }

    package private(set) var families: [Family] = []

    /// Reads a whole scrape; throws at the first thing that is wrong.
    package init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Fault(description: "the last line has no end") }
        var seen: Set<String> = []
        var shown: Set<Sample> = []
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            func fault(_ what: String) -> Fault { Fault(description: "\(what): \(line)") }
            if line.hasPrefix("# HELP ") {
                let parts = line.dropFirst(7).split(separator: " ", maxSplits: 1)
                guard parts.count == 2, seen.insert(String(parts[0])).inserted else { throw fault("help") }
                families.append(
                    Family(name: String(parts[0]), help: try Self.unescaped(parts[1]), kind: "", samples: []))
            } else if line.hasPrefix("# TYPE ") {
                let parts = line.dropFirst(7).split(separator: " ")
                guard let last = families.last, parts.count == 2, parts[0] == last.name, last.kind.isEmpty,
                    last.samples.isEmpty, ["counter", "gauge", "histogram"].contains(parts[1])
                else { throw fault("type") }
                families[families.count - 1].kind = String(parts[1])
            } else {
                let sample = try Self.sample(line)
                guard let place = families.indices.last, !families[place].kind.isEmpty,
                    Self.names(of: families[place]).contains(sample.name)
                else { throw fault("a sample of no family") }
                let series = Sample(name: sample.name, labels: sample.labels, value: 0)
                guard shown.insert(series).inserted else { throw fault("twice") }
                families[families.count - 1].samples.append(sample)
            }
        }
        for family in families { try Self.check(family) }
    }

    package func family(_ name: String) -> Family? { families.first { $0.name == name } }

    /// The sum of a family's samples that have these labels; nil where there is none.
    package func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        let found = families.flatMap(\.samples).filter { sample in
            sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
        }
        return found.isEmpty ? nil : found.reduce(0) { $0 + $1.value }
    }

    private static func names(of family: Family) -> [String] {
        family.kind == "histogram"
            ? ["_bucket", "_sum", "_count"].map { family.name + $0 } : [family.name]
    }

    private static func check(_ family: Family) throws {
        func fault(_ what: String) -> Fault { Fault(description: "\(family.name): \(what)") }
        guard !family.kind.isEmpty else { throw fault("no type") }
        if family.kind == "counter" {
            guard family.name.hasSuffix("_total") else { throw fault("a counter ends in _total") }
            guard family.samples.allSatisfy({ $0.value >= 0 }) else { throw fault("below zero") }
        }
        guard family.kind == "histogram" else { return }
        let groups = Dictionary(grouping: family.samples) { sample in
            sample.labels.filter { $0.key != "le" }
        }
        for (_, samples) in groups {
            let buckets = samples.filter { $0.name.hasSuffix("_bucket") }
            let bounds = buckets.compactMap { $0.labels["le"].flatMap(Double.init) }
            guard bounds.count == buckets.count, bounds.last == .infinity else { throw fault("bounds") }
            guard zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 }) else { throw fault("order") }
            guard zip(buckets, buckets.dropFirst()).allSatisfy({ $0.value <= $1.value }) else {
                throw fault("buckets that fall")
            }
            let counts = samples.filter { $0.name.hasSuffix("_count") }
            guard counts.count == 1, counts[0].value == buckets.last?.value,
                samples.count(where: { $0.name.hasSuffix("_sum") }) == 1
            else { throw fault("count or sum") }
        }
    }

    /// `name{label="value",…} number`, with one space and no timestamp.
    private static func sample(_ line: Substring) throws -> Sample {
        func fault(_ what: String) -> Fault { Fault(description: "\(what): \(line)") }
        let name = line.prefix { $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
        guard let first = name.first, !first.isNumber else { throw fault("name") }
        var rest = line[name.endIndex...]
        var labels: [String: String] = [:]
        if rest.first == "{" {
            repeat {
                rest.removeFirst()
                let label = rest.prefix { $0 != "=" }
                rest = rest[label.endIndex...]
                guard rest.hasPrefix("=\""), !label.isEmpty,
                    label.allSatisfy({ $0 == "_" || ("a"..."z").contains($0) })
                else { throw fault("label") }
                rest = rest.dropFirst(2)
                var raw = ""
                while let character = rest.first, character != "\"" {
                    rest.removeFirst()
                    raw.append(character)
                    if character == "\\", let next = rest.popFirst() { raw.append(next) }
                }
                guard rest.popFirst() == "\"", labels[String(label)] == nil else { throw fault("value") }
                labels[String(label)] = try unescaped(raw[...])
            } while rest.first == ","
            guard rest.popFirst() == "}" else { throw fault("end of labels") }
        }
        guard rest.popFirst() == " ", let value = Double(String(rest)), !rest.contains(" ") else {
            throw fault("number")
        }
        return Sample(name: String(name), labels: labels, value: value)
    }

    private static func unescaped(_ text: Substring) throws -> String {
        var result = ""
        var rest = text
        while let character = rest.popFirst() {
            guard character == "\\" else {
                result.append(character)
                continue
            }
            switch rest.popFirst() {
            case "\\": result.append("\\")
            case "n": result.append("\n")
            case "\"": result.append("\"")
            default: throw Fault(description: "an escape that is none: \(text)")
            }
        }
        return result
    }
}
