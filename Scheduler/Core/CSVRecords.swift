/// Splits a CSV text into records (RFC 4180), with comma, semicolon or tab between the fields and CRLF or LF
/// between the records.
struct CSVRecords {
    struct Record {
        /// The line on which the record starts, counted from 1.
        var line: Int
        var fields: [String]
        /// What is wrong with the record's quoting; nil if nothing is.
        var fault: String?
    }

    let separator: UInt8
    private let bytes: ArraySlice<UInt8>
    private var position: Int
    private var line = 1

    /// - Parameter bytes: UTF-8 without a byte order mark.
    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
        separator = Self.separator(of: bytes)
    }

    /// The separator that the first line has most of, outside quotes; a comma where it has none.
    private static func separator(of bytes: ArraySlice<UInt8>) -> UInt8 {
        var counts: [UInt8: Int] = [:]
        var isQuoted = false
        for byte in bytes {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if isQuoted { continue }
            if byte == 0x0A { break }
            counts[byte, default: 0] += 1
        }
        let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), 0x09]
        return candidates.max { counts[$0, default: 0] < counts[$1, default: 0] } ?? candidates[0]
    }

    /// The next record that is not blank; nil at the end.
    mutating func next() -> Record? {
        while position < bytes.endIndex {
            let record = read()
            if record.fault != nil || record.fields.contains(where: { !TextRule.trimmed($0).isEmpty }) {
                return record
            }
        }
        return nil
    }

    private mutating func read() -> Record {
        var record = Record(line: line, fields: [])
        while true {
            record.fields.append(field(of: &record))
            guard position < bytes.endIndex else { return record }
            let byte = bytes[position]
            position += 1
            if byte == 0x0A {
                line += 1
                return record
            }
        }
    }

    /// Reads one field and stops at the separator or line feed after it, or at the end.
    private mutating func field(of record: inout Record) -> String {
        // White space before an opening quote is not part of the field.
        var probe = position
        while probe < bytes.endIndex, bytes[probe] == 0x20 { probe += 1 }
        if probe < bytes.endIndex, bytes[probe] == UInt8(ascii: "\"") {
            position = probe + 1
            return quoted(of: &record)
        }
        let start = position
        while position < bytes.endIndex, bytes[position] != separator, bytes[position] != 0x0A {
            position += 1
        }
        return String(decoding: withoutCarriageReturn(bytes[start..<position]), as: UTF8.self)
    }

    private mutating func quoted(of record: inout Record) -> String {
        var text: [UInt8] = []
        while position < bytes.endIndex {
            let byte = bytes[position]
            position += 1
            guard byte == UInt8(ascii: "\"") else {
                if byte == 0x0A { line += 1 }
                text.append(byte)
                continue
            }
            if position < bytes.endIndex, bytes[position] == UInt8(ascii: "\"") {
                text.append(byte)
                position += 1
                continue
            }
            let start = position
            while position < bytes.endIndex, bytes[position] != separator, bytes[position] != 0x0A {
                position += 1
            }
            if !withoutCarriageReturn(bytes[start..<position]).allSatisfy({ $0 == 0x20 }) {
                record.fault = "there is text after a closing quote"
            }
            return String(decoding: text, as: UTF8.self)
        }
        record.fault = "a quoted field is not closed"
        return String(decoding: text, as: UTF8.self)
    }

    private func withoutCarriageReturn(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let endsLine = position == bytes.endIndex || bytes[position] == 0x0A
        return endsLine && field.last == 0x0D ? field.dropLast() : field
    }
}
