import GatewayCore

/// Reads the text fields of one JSON object (RFC 8259) without an encoder's copies: values go from the body
/// straight into memory that is wiped. Values of fields that were not asked for are checked for their form
/// and skipped.
struct JSONFieldReader {
    private let body: [UInt8]
    private var index = 0
    /// How deep values may nest.
    static let deepest = 16

    init(_ body: [UInt8]) { self.body = body }

    func fields(named names: Set<String>) throws(Refusal) -> [(String, RequestFields.Value)] {
        var reader = self
        guard body.withUnsafeBufferPointer(UTF8Text.isValid) else { throw Self.malformed("it is not UTF-8") }
        return try reader.object(named: names)
    }

    private mutating func object(named names: Set<String>) throws(Refusal) -> [(String, RequestFields.Value)]
    {
        skipSpace()
        guard peek == UInt8(ascii: "{") else { throw Self.malformed("it is not an object") }
        index += 1
        var fields: [(String, RequestFields.Value)] = []
        try members(closedBy: UInt8(ascii: "}")) { (reader) throws(Refusal) in
            let name = try reader.string().withBytes { String(decoding: $0, as: UTF8.self) }
            try reader.expect(UInt8(ascii: ":"))
            reader.skipSpace()
            if names.contains(name), reader.peek == UInt8(ascii: "\"") {
                fields.append((name, .text(try reader.string())))
            } else {
                let start = reader.index
                try reader.skipValue(depth: 1)
                if names.contains(name) {
                    fields.append((name, Self.value(reader.body[start..<reader.index])))
                }
            }
        }
        skipSpace()
        guard index == body.count else { throw Self.malformed("something follows the object") }
        return fields
    }

    /// What a value is that is no string.
    private static func value(_ written: ArraySlice<UInt8>) -> RequestFields.Value {
        if written.elementsEqual("true".utf8) { return .flag(true) }
        return written.elementsEqual("false".utf8) ? .flag(false) : .notText
    }

    /// Reads members separated by commas up to `end`, the opening bracket being behind.
    private mutating func members(
        closedBy end: UInt8, _ member: (inout JSONFieldReader) throws(Refusal) -> Void
    ) throws(Refusal) {
        skipSpace()
        if peek == end {
            index += 1
            return
        }
        while true {
            skipSpace()
            try member(&self)
            skipSpace()
            guard let byte = peek, byte == end || byte == UInt8(ascii: ",") else {
                throw Self.malformed("a comma or a closing bracket is missing at byte \(index)")
            }
            index += 1
            if byte == end { return }
        }
    }

    private mutating func skipValue(depth: Int) throws(Refusal) {
        guard depth <= Self.deepest else { throw Self.malformed("it nests deeper than \(Self.deepest)") }
        skipSpace()
        switch peek {
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "{"):
            index += 1
            try members(closedBy: UInt8(ascii: "}")) { (reader) throws(Refusal) in
                _ = try reader.string()
                try reader.expect(UInt8(ascii: ":"))
                try reader.skipValue(depth: depth + 1)
            }
        case UInt8(ascii: "["):
            index += 1
            try members(closedBy: UInt8(ascii: "]")) { (reader) throws(Refusal) in
                try reader.skipValue(depth: depth + 1)
            }
        default: try skipWord()
        }
    }

    /// A number, `true`, `false` or `null`.
    private mutating func skipWord() throws(Refusal) {
        let start = index
        while let byte = peek, !Self.endsWord(byte) { index += 1 }
        let word = body[start..<index]
        let isName = ["true", "false", "null"].contains { word.elementsEqual($0.utf8) }
        guard isName || Self.isNumber(word) else {
            throw Self.malformed("there is no value at byte \(start)")
        }
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
    }

    private static func isNumber(_ word: ArraySlice<UInt8>) -> Bool {
        var rest = word
        func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
        if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        let whole = rest.prefix(while: isDigit)
        guard whole.count == 1 || (whole.count > 1 && whole.first != UInt8(ascii: "0")) else { return false }
        rest = rest.dropFirst(whole.count)
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix(while: isDigit)
            guard !fraction.isEmpty else { return false }
            rest = rest.dropFirst(fraction.count + 1)
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest.removeFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
            return !rest.isEmpty && rest.allSatisfy(isDigit)
        }
        return rest.isEmpty
    }

    /// The string at the cursor, decoded. No value is longer decoded than it is written.
    private mutating func string() throws(Refusal) -> SecretBytes {
        try expect(UInt8(ascii: "\""))
        let start = index
        var end = start
        while end < body.count, body[end] != UInt8(ascii: "\"") {
            end += body[end] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard end < body.count else { throw Self.malformed("a string is not closed") }
        let raw = body[start..<end]
        index = end + 1
        return try SecretBytes(capacity: raw.count) { (writer) throws(Refusal) in
            var cursor = raw.startIndex
            while cursor < raw.endIndex {
                let byte = raw[cursor]
                cursor += 1
                if byte < 0x20 { throw Self.malformed("a string holds a control character") }
                if byte == UInt8(ascii: "\\") {
                    try Self.unescape(raw, at: &cursor, into: &writer)
                } else {
                    writer.append(byte)
                }
            }
        }
    }

    private static func unescape(
        _ raw: ArraySlice<UInt8>, at cursor: inout Int, into writer: inout SecretBytes.Writer
    ) throws(Refusal) {
        let escape = raw[cursor]
        cursor += 1
        switch escape {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): writer.append(escape)
        case UInt8(ascii: "b"): writer.append(0x08)
        case UInt8(ascii: "f"): writer.append(0x0C)
        case UInt8(ascii: "n"): writer.append(0x0A)
        case UInt8(ascii: "r"): writer.append(0x0D)
        case UInt8(ascii: "t"): writer.append(0x09)
        case UInt8(ascii: "u"):
            var value = try fourDigits(raw, at: &cursor)
            if (0xD800...0xDBFF).contains(value), raw[cursor...].starts(with: [0x5C, 0x75]) {
                cursor += 2
                let low = try fourDigits(raw, at: &cursor)
                guard (0xDC00...0xDFFF).contains(low) else {
                    throw malformed("half a surrogate pair stands alone")
                }
                value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(value) else {
                throw malformed("half a surrogate pair stands alone")
            }
            for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { writer.append(byte) }
        default: throw malformed("a string holds an unknown escape")
        }
    }

    private static func fourDigits(_ raw: ArraySlice<UInt8>, at cursor: inout Int) throws(Refusal) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard cursor < raw.endIndex, let digit = HexDigit.value(of: raw[cursor]) else {
                throw malformed("an escape has fewer than four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            cursor += 1
        }
        return value
    }

    private var peek: UInt8? { index < body.count ? body[index] : nil }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { index += 1 }
    }

    private mutating func expect(_ byte: UInt8) throws(Refusal) {
        skipSpace()
        guard peek == byte else {
            throw Self.malformed("\"\(Unicode.Scalar(byte))\" is missing at byte \(index)")
        }
        index += 1
    }

    /// Reasons name places, never what stands there: it may be a password.
    private static func malformed(_ reason: String) -> Refusal {
        .malformedBody("The body is not the JSON that is expected here: \(reason).")
    }
}
