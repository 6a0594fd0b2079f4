/// Reads instances as Baldacci et al. publish theirs.
///
/// The first line has the number of items, the number of classes, the capacity and the bin cost. A line for
/// each class follows: setup cost, setup weight and number of items; then one weight a line, class after
/// class. Fields are separated by spaces or tabs. Costs count by their absolute value: the published files
/// write those of setups as negative numbers. Empty lines are passed over.
package enum InstanceText {
    /// - Throws: the first fault, with its line.
    package static func read(_ bytes: some Collection<UInt8>) throws(InstanceTextFault) -> PackingInstance {
        var lines = Lines(bytes)
        guard let head = try lines.next(fields: ["items", "classes", "capacity", "bin cost"]) else {
            throw InstanceTextFault(line: lines.number, "the file is empty")
        }
        let headLine = lines.number
        guard (1...Int64(PackingInstance.mostItems)).contains(head[0]) else {
            throw InstanceTextFault(
                line: headLine, "the number of items is not from 1 to \(PackingInstance.mostItems)")
        }
        guard (1...head[0]).contains(head[1]) else {
            throw InstanceTextFault(line: headLine, "the number of classes is not from 1 to that of items")
        }
        var classes: [PackingInstance.Class] = []
        var sizes: [Int64] = []
        var classLines: [Int] = []
        for number in 0..<head[1] {
            guard let row = try lines.next(fields: ["setup cost", "setup weight", "items"]) else {
                throw InstanceTextFault(
                    line: lines.number, "the file ends after \(number) of \(head[1]) classes")
            }
            guard (0...head[0]).contains(row[2]) else {
                throw InstanceTextFault(
                    line: lines.number, "the class has \(row[2]) items, the file \(head[0])")
            }
            sizes.append(row[2])
            classLines.append(lines.number)
            classes.append(.init(setupCost: try lines.cost(row[0]), setupWeight: row[1], weights: []))
        }
        let stated = sizes.reduce(0, +)
        guard stated == head[0] else {
            throw InstanceTextFault(
                line: headLine, "there are to be \(head[0]) items, but the classes have \(stated)")
        }
        let weightLines = try lines.readWeights(of: sizes, into: &classes)
        if try lines.next(fields: ["weight"]) != nil {
            throw InstanceTextFault(line: lines.number, "there are more weights than the \(head[0]) items")
        }
        do throws(PackingInstanceFault) {
            return try PackingInstance(
                classes: classes, capacity: head[2], binCost: Int64(clamping: head[3].magnitude))
        } catch {
            let line =
                switch error {
                case .capacity, .binCost, .tooManyItems, .tooCostly: headLine
                case .setupCost(let index), .setupWeight(let index): classLines[index]
                case .weight(let index, let item), .tooHeavy(let index, let item): weightLines[index][item]
                }
            throw InstanceTextFault(line: line, error.description)
        }
    }
}

/// What is wrong with a text that should be an instance.
package struct InstanceTextFault: Error, Hashable, CustomStringConvertible {
    /// Counted from 1.
    package var line: Int
    package var message: String

    init(line: Int, _ message: String) {
        self.line = line
        self.message = message
    }

    package var description: String { "\(line): \(message)" }
}

/// The lines of a text that are not empty.
private struct Lines {
    private var rest: [(number: Int, fields: [Substring])]
    /// The line that was read last, counted from 1.
    private(set) var number = 1

    init(_ bytes: some Collection<UInt8>) {
        rest = []
        let text = String(decoding: bytes, as: UTF8.self)
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            // A carriage return and a line feed make one character.
            let parts = line.split(whereSeparator: { $0 == "\r\n" })
            for part in parts.isEmpty ? [line] : parts {
                let fields = part.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" })
                if !fields.isEmpty { rest.append((index + 1, fields)) }
            }
        }
        rest.reverse()
    }

    /// The numbers of the next line, which has one for each name in `names`; nil at the end.
    mutating func next(fields names: [String]) throws(InstanceTextFault) -> [Int64]? {
        guard let (number, fields) = rest.popLast() else { return nil }
        self.number = number
        guard fields.count == names.count else {
            let wanted = names.count == 1 ? "1 number" : "\(names.count) numbers"
            throw InstanceTextFault(
                line: number,
                "\(wanted) (\(names.joined(separator: ", "))) are expected, there are \(fields.count)")
        }
        var values: [Int64] = []
        for (name, field) in zip(names, fields) {
            guard let value = Int64(field) else {
                throw InstanceTextFault(
                    line: number, "\(name): \"\(Self.shown(field))\" is not a whole number of 64 bits")
            }
            values.append(value)
        }
        return values
    }

    func cost(_ value: Int64) throws(InstanceTextFault) -> Int64 {
        guard let cost = Int64(exactly: value.magnitude) else {
            throw InstanceTextFault(line: number, "the setup cost is out of range")
        }
        return cost
    }

    /// Reads `sizes[c]` weights for each class c; returns their lines.
    mutating func readWeights(
        of sizes: [Int64], into classes: inout [PackingInstance.Class]
    ) throws(InstanceTextFault) -> [[Int]] {
        var lines: [[Int]] = []
        for (index, size) in sizes.enumerated() {
            var own: [Int] = []
            for item in 0..<size {
                guard let weight = try next(fields: ["weight"]) else {
                    throw InstanceTextFault(
                        line: number,
                        "the file ends after \(item) of the \(size) weights of class \(index + 1)")
                }
                classes[index].weights.append(weight[0])
                own.append(number)
            }
            lines.append(own)
        }
        return lines
    }

    /// The field as a message may repeat it.
    private static func shown(_ field: Substring) -> String {
        let kept = field.unicodeScalars.prefix(40).filter {
            $0.value >= 0x20 && $0.isASCII && $0.value < 0x7F
        }
        return String(String.UnicodeScalarView(kept))
    }
}
