import ServiceCore

/// Lots as a file: the header `Lot ID,Type,Vials` in any order and case, then one lot a line. The columns
/// `Due` and `Priority` may be there too, and their cells may be empty.
///
/// UTF-8 with or without a byte order mark; comma, semicolon or tab; quoted fields; CRLF or LF. Blank lines
/// are skipped, further columns are not used.
package enum LotsCSV {
    /// The lots of `text`, with every fault at its line.
    package static func read(
        _ text: some Collection<UInt8>, rules: LineRules, limits: InputLimits = .standard
    ) -> LotsReading {
        var bytes = Array(text)[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        if let line = firstLineNotUTF8(bytes) {
            return LotsReading(faults: [
                .init(line: line, message: "the text is not UTF-8; save the file as CSV UTF-8")
            ])
        }
        var records = CSVRecords(bytes)
        guard let header = records.next() else {
            return LotsReading(faults: [.init(line: 1, message: "the file is empty")])
        }
        let columns: Columns
        switch Columns.find(in: header) {
        case .success(let found): columns = found
        case .failure(let faults): return LotsReading(faults: faults.faults)
        }
        var collector = LotCollector(rules: rules)
        for name in columns.unused {
            collector.warn(field: name, line: header.line, "the column is not used")
        }
        while let record = records.next() {
            guard collector.reading.count < limits.lots else {
                return tooMany(records, limits: limits, at: record.line)
            }
            add(record, columns: columns, to: &collector)
        }
        return collector.finish(field: nil)
    }

    private static func tooMany(
        _ rest: CSVRecords, limits: InputLimits, at line: Int
    ) -> LotsReading {
        var rest = rest
        var count = limits.lots + 1
        while rest.next() != nil { count += 1 }
        let message = "\(count) lots, at most \(limits.lots) are allowed"
        return LotsReading(faults: [.init(line: line, message: message)], count: count)
    }

    private static func add(_ record: CSVRecords.Record, columns: Columns, to collector: inout LotCollector) {
        let line = record.line
        let faultsBefore = collector.reading.faults.count
        var id: String?
        var type: String?
        var vials: Int64?
        var due: String?
        var priority: Int64?
        if let fault = record.fault {
            collector.fault(line: line, fault)
        } else if record.fields.count < columns.count {
            collector.fault(line: line, "\(record.fields.count) fields, \(columns.count) are expected")
        } else if record.fields.dropFirst(columns.count).contains(where: { !TextRule.trimmed($0).isEmpty }) {
            collector.fault(line: line, "\(record.fields.count) fields, \(columns.count) are expected")
        } else {
            id = record.fields[columns.id]
            type = record.fields[columns.type]
            vials = whole(
                record.fields[columns.vials], "Vials", in: InputLimits.vials, line: line, to: &collector)
            due = cell(columns.due, of: record)
            priority = cell(columns.priority, of: record).flatMap {
                whole($0, "Priority", in: InputLimits.priorities, line: line, to: &collector)
            }
        }
        collector.add(
            .init(
                id: .init(name: "Lot ID", value: id), type: .init(name: "Type", value: type),
                vials: .init(name: "Vials", value: vials), due: .init(name: "Due", value: due),
                priority: .init(name: "Priority", value: priority), line: line, place: "line \(line)"),
            faultsBefore: faultsBefore)
    }

    /// The cell of a column that need not be there; nil if it is not, or if it is empty.
    private static func cell(_ column: Int?, of record: CSVRecords.Record) -> String? {
        guard let column else { return nil }
        let text = TextRule.trimmed(record.fields[column])
        return text.isEmpty ? nil : text
    }

    private static func whole(
        _ text: String, _ column: String, in bounds: ClosedRange<Int64>, line: Int,
        to collector: inout LotCollector
    ) -> Int64? {
        let digits = TextRule.trimmed(text)
        if digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int64(digits)
        {
            return number
        }
        collector.fault(
            field: column, line: line,
            "\"\(TextRule.shown(digits))\" is not a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
        )
        return nil
    }

    /// The line of the first byte that is not UTF-8; nil if all of the text is.
    private static func firstLineNotUTF8(_ bytes: ArraySlice<UInt8>) -> Int? {
        if String(validating: bytes, as: UTF8.self) != nil { return nil }
        var line = 1
        for part in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if String(validating: part, as: UTF8.self) == nil { return line }
            line += 1
        }
        return line
    }
}

extension LotsCSV {
    /// Which column holds what.
    private struct Columns {
        var id: Int
        var type: Int
        var vials: Int
        var due: Int?
        var priority: Int?
        var count: Int
        var unused: [String]

        static func find(in header: CSVRecords.Record) -> Result<Columns, InputFaults> {
            var places: [String: Int] = [:]
            var faults: [Problem.Fault] = []
            var unused: [String] = []
            if let fault = header.fault { faults.append(.init(line: header.line, message: fault)) }
            guard header.fields.count <= most else {
                let message = "the header has \(header.fields.count) columns, at most \(most) are allowed"
                return .failure(InputFaults(line: header.line, message))
            }
            var names = header.fields.map(TextRule.trimmed)
            while names.last?.isEmpty == true { names.removeLast() }
            for (index, name) in names.enumerated() {
                guard let column = known[folded(name)] else {
                    unused.append(TextRule.shown(name))
                    continue
                }
                if places.updateValue(index, forKey: column) != nil {
                    faults.append(
                        .init(field: column, line: header.line, message: "the column is there twice"))
                }
            }
            for column in ["Lot ID", "Type", "Vials"] where places[column] == nil {
                faults.append(
                    .init(
                        field: column, line: header.line,
                        message: "the header has no column \(column); it names Lot ID, Type and Vials"))
            }
            guard faults.isEmpty, let id = places["Lot ID"], let type = places["Type"],
                let vials = places["Vials"]
            else { return .failure(InputFaults(faults)) }
            return .success(
                Columns(
                    id: id, type: type, vials: vials, due: places["Due"], priority: places["Priority"],
                    count: names.count, unused: unused))
        }

        /// More columns than any list of lots has: they would only make the answer long.
        private static let most = 100

        private static let known = [
            "lotid": "Lot ID", "type": "Type", "lottype": "Type", "vials": "Vials",
            "due": "Due", "duedate": "Due", "priority": "Priority",
        ]

        private static func folded(_ name: String) -> String {
            name.lowercased().filter { $0 != " " && $0 != "_" }
        }
    }
}
