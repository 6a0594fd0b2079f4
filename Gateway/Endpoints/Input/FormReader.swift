import GatewayCore

/// Reads `application/x-www-form-urlencoded` (WHATWG URL §5.1), but strictly: a stray percent sign or bytes
/// that are not UTF-8 are faults.
struct FormReader {
    private let body: [UInt8]
    /// Fields that a body may hold.
    static let mostFields = 64

    init(_ body: [UInt8]) { self.body = body }

    func fields(named names: Set<String>) throws(Refusal) -> [(String, RequestFields.Value)] {
        let parts = body.split(separator: UInt8(ascii: "&"), maxSplits: Self.mostFields)
        guard parts.count <= Self.mostFields else {
            throw .malformedBody("The form has more than \(Self.mostFields) fields.")
        }
        var fields: [(String, RequestFields.Value)] = []
        for part in parts {
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            let name = try Self.decoded(part[..<equals]).withBytes { String(decoding: $0, as: UTF8.self) }
            let value = try Self.decoded(part[equals...].dropFirst())
            if names.contains(name) { fields.append((name, .text(value))) }
        }
        return fields
    }

    /// The text that `encoded` stands for, from a form or from a query.
    static func decoded(_ encoded: ArraySlice<UInt8>) throws(Refusal) -> SecretBytes {
        let decoded = try SecretBytes(capacity: encoded.count) { (writer) throws(Refusal) in
            var index = encoded.startIndex
            while index < encoded.endIndex {
                switch encoded[index] {
                case UInt8(ascii: "+"): writer.append(UInt8(ascii: " "))
                case UInt8(ascii: "%"):
                    guard index + 2 < encoded.endIndex, let high = HexDigit.value(of: encoded[index + 1]),
                        let low = HexDigit.value(of: encoded[index + 2])
                    else {
                        throw .malformedBody(
                            "A percent sign in the form is not followed by two hexadecimal digits.")
                    }
                    writer.append(high << 4 | low)
                    index += 2
                case let plain: writer.append(plain)
                }
                index += 1
            }
        }
        guard decoded.withBytes(UTF8Text.isValid) else { throw .malformedBody("The form is not UTF-8.") }
        return decoded
    }
}

/// Reads one parameter of a query.
enum Query {
    /// The first value called `name`; nil where there is none, or it is not readable.
    static func value(of name: String, in query: String) -> String? {
        for part in query.utf8.split(separator: UInt8(ascii: "&"), maxSplits: FormReader.mostFields) {
            let pair = Array(part)
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            guard pair[..<equals].elementsEqual(name.utf8) else { continue }
            return try? FormReader.decoded(pair[equals...].dropFirst()).withBytes {
                String(decoding: $0, as: UTF8.self)
            }
        }
        return nil
    }
}

enum HexDigit {
    static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

enum UTF8Text {
    /// Whether `bytes` are well-formed UTF-8, found without making a string of them.
    static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var iterator = bytes.makeIterator()
        var parser = Unicode.UTF8.ForwardParser()
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid: continue
            case .emptyInput: return true
            case .error: return false
            }
        }
    }
}
