import Yams

/// Reads YAML into `Written`, keeping the line of every value.
enum YAMLReading {
    /// Files longer than this, in bytes, are not configurations.
    static let longestFile = 1 << 20
    /// How many repeated keys are told one by one before reading stops.
    private static let mostRepeatedKeys = 64

    /// The document, and a fault for each key that is written twice in one mapping (of which the first
    /// counts). A text that is not YAML is one fault, and nothing.
    static func read(_ text: String) -> (document: Written?, faults: [ConfigFault]) {
        var text = text
        var faults: [ConfigFault] = []
        while true {
            switch parse(text) {
            case .document(let document): return (document, faults)
            case .fault(let fault): return (nil, faults + [fault])
            case .repeated(let key, let first):
                // The parser gives up at a repeated key. The repetition is renamed and the text read again,
                // so that what else is wrong is told as well.
                guard faults.count < mostRepeatedKeys, let next = renamingRepetition(of: key, first, in: text)
                else {
                    let message = "is written more than once in the mapping that begins there"
                    return (nil, faults + [ConfigFault(place: .line(first.line), key: key, message: message)])
                }
                text = next.text
                let message = "is written a second time; the first is on line \(first.line)"
                faults.append(ConfigFault(place: .line(next.line), key: key, message: message))
            }
        }
    }

    /// Marks a key that repeats an earlier one and has been told of already.
    private static let repetitionMark = "~repeated"

    private enum Outcome {
        case document(Written)
        case fault(ConfigFault)
        case repeated(key: String, first: Mark)
    }

    private static func parse(_ text: String) -> Outcome {
        do {
            guard let root = try Yams.compose(yaml: text) else {
                return .document(Written(place: .nowhere, content: .nothing))
            }
            return .document(written(root, depth: 0))
        } catch let error as YamlError {
            switch error {
            case .duplicatedKeysInMapping(let keys, let context):
                return .repeated(key: keys.first ?? "", first: context.mark)
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                return .fault(
                    ConfigFault(place: .line(mark.line), key: "", message: "is not YAML: \(problem)"))
            case .reader(let problem, let offset, _, _):
                let line = offset.map { text.prefix($0).count { $0.isNewline } + 1 }
                let place: ConfigPlace = line.map { .line($0) } ?? .nowhere
                return .fault(ConfigFault(place: place, key: "", message: "is not YAML: \(problem)"))
            default:
                return .fault(ConfigFault(place: .nowhere, key: "", message: "is not YAML"))
            }
        } catch {
            return .fault(ConfigFault(place: .nowhere, key: "", message: "is not YAML"))
        }
    }

    /// Renames the key that repeats the one at `first`: the candidates are looked up in the text, and the
    /// parser itself says which one it was.
    private static func renamingRepetition(
        of key: String, _ first: Mark, in text: String
    ) -> (text: String, line: Int)? {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for index in lines.indices.dropFirst(first.line - 1) {
            let original = lines[index]
            var searchStart = original.startIndex
            if index == first.line - 1 {
                searchStart =
                    original.index(
                        original.startIndex, offsetBy: first.column - 1 + key.count,
                        limitedBy: original.endIndex)
                    ?? original.endIndex
            }
            for range in occurrences(of: key, in: original, from: searchStart) {
                lines[index] = original.replacingCharacters(in: range, with: key + repetitionMark)
                let candidate = lines.joined(separator: "\n")
                if case .repeated(key, let mark) = parse(candidate), mark == first { continue }
                return (candidate, index + 1)
            }
            lines[index] = original
        }
        return nil
    }

    private static func occurrences(
        of key: String, in line: String, from start: String.Index
    ) -> [Range<String.Index>] {
        var found: [Range<String.Index>] = []
        var index = start
        while index < line.endIndex {
            if line[index...].hasPrefix(key) {
                let end = line.index(index, offsetBy: key.count)
                let isKey = line[end...].drop { $0 == " " }.first == ":"
                let before = index == line.startIndex ? " " : line[line.index(before: index)]
                if isKey, " {,-".contains(before) { found.append(index..<end) }
            }
            index = line.index(after: index)
        }
        return found
    }

    private static func written(_ node: Node, depth: Int) -> Written {
        let place: ConfigPlace = node.mark.map { .line($0.line) } ?? .nowhere
        // Nothing in a configuration nests as deep as this; aliases could.
        guard depth < 16 else { return Written(place: place, content: .nothing) }
        switch node {
        case .scalar(let scalar):
            let isNothing = scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
            return Written(place: place, content: isNothing ? .nothing : .scalar(scalar.string))
        case .sequence(let items):
            return Written(place: place, content: .list(items.map { written($0, depth: depth + 1) }))
        case .mapping(let pairs):
            let entries = pairs.compactMap { pair -> Written.Entry? in
                let key = pair.key.string ?? ""
                guard !key.hasSuffix(repetitionMark) else { return nil }
                let keyPlace: ConfigPlace = pair.key.mark.map { .line($0.line) } ?? place
                var value = written(pair.value, depth: depth + 1)
                // A block mapping or list begins a line after its key; people look for the key.
                if value.content == .nothing || !isScalar(value) { value.place = keyPlace }
                return Written.Entry(key: key, keyPlace: keyPlace, value: value)
            }
            return Written(place: place, content: .mapping(entries))
        case .alias:
            return Written(place: place, content: .nothing)
        }
    }

    private static func isScalar(_ value: Written) -> Bool {
        if case .scalar = value.content { true } else { false }
    }
}

extension Mark {
    fileprivate static func == (left: Mark, right: Mark) -> Bool {
        left.line == right.line && left.column == right.column
    }
}
