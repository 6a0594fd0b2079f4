/// Reads one line of `Forwarded` (RFC 7239 §4), element by element, from the right.
///
/// From the right, because that is where the proxies that are believed append: a quote that a client left
/// open further left cannot swallow what they wrote.
package struct ForwardedLine: Sendable {
    /// What one proxy says of the hop before it.
    package struct Element: Sendable, Hashable {
        /// `for`; nil where it is absent, `unknown`, obfuscated (`_name`) or not an address.
        package var address: IPAddress?
        /// `proto`; nil where it is absent or neither HTTP nor WebSocket.
        package var isSecure: Bool?
    }

    package enum Step: Sendable, Hashable {
        case element(Element)
        /// What is left of here cannot be read; nobody vouches for it.
        case malformed
        /// The line is over.
        case end
    }

    /// Parameters of one element: four have a meaning (§5), others are extensions.
    package static let mostParameters = 16

    private let bytes: [UInt8]
    /// Bytes from here on have been read.
    private var end: Int
    private var isBroken = false

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        end = bytes.count
    }

    /// Whether the whole of `line` follows the grammar.
    package static func isWellFormed(_ line: [UInt8]) -> Bool {
        var reader = ForwardedLine(line)
        while true {
            switch reader.previous() {
            case .element: continue
            case .malformed: return false
            case .end: return true
            }
        }
    }

    /// The next element to the left. Empty ones are passed over (RFC 9110 §5.6.1).
    package mutating func previous() -> Step {
        guard !isBroken else { return .malformed }
        skipSpaces()
        while last == ASCII.comma {
            end -= 1
            skipSpaces()
        }
        guard end > 0 else { return .end }
        guard let element = readElement() else {
            isBroken = true
            return .malformed
        }
        return .element(element)
    }

    private var last: UInt8? { end > 0 ? bytes[end - 1] : nil }

    private mutating func skipSpaces() {
        while let byte = last, byte == ASCII.space || byte == ASCII.htab { end -= 1 }
    }

    /// `name=value` pairs between semicolons, back to the comma before them.
    private mutating func readElement() -> Element? {
        var element = Element()
        var seen: [[UInt8]] = []
        while true {
            if last != ASCII.semicolon, last != ASCII.comma, end > 0 {
                guard let value = readValue(), last == ASCII.equals else { return nil }
                end -= 1
                let name = readToken().map { $0.map(ASCII.lowercased) }
                // A parameter that comes twice could be read in two ways (§4).
                guard let name, !seen.contains(name), seen.count < Self.mostParameters else { return nil }
                seen.append(name)
                note(name, value, in: &element)
                skipSpaces()
            }
            guard last == ASCII.semicolon else { break }
            end -= 1
            skipSpaces()
        }
        guard end == 0 || last == ASCII.comma else { return nil }
        return element
    }

    private func note(_ name: [UInt8], _ value: [UInt8], in element: inout Element) {
        let text = String(decoding: value, as: UTF8.self)
        if name.elementsEqual("for".utf8) {
            element.address = ClientAddress.address(in: text[...], portMayBeHidden: true)
        } else if name.elementsEqual("proto".utf8) {
            element.isSecure = ClientAddress.isSecure(scheme: text)
        }
    }

    private mutating func readToken() -> [UInt8]? {
        let upper = end
        while let byte = last, ASCII.isToken(byte) { end -= 1 }
        return end < upper ? Array(bytes[end..<upper]) : nil
    }

    private mutating func readValue() -> [UInt8]? {
        last == Self.quote ? readQuoted() : readToken()
    }

    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")

    /// A quoted string (RFC 9110 §5.6.4), without its quotes and escapes.
    private mutating func readQuoted() -> [UInt8]? {
        let closing = end - 1
        guard !isEscaped(closing) else { return nil }
        var opening = closing - 1
        while opening >= 0, bytes[opening] != Self.quote || isEscaped(opening) { opening -= 1 }
        guard opening >= 0 else { return nil }
        var value: [UInt8] = []
        var index = opening + 1
        while index < closing {
            if bytes[index] == Self.backslash { index += 1 }
            guard ASCII.isFieldValue(bytes[index]) else { return nil }
            value.append(bytes[index])
            index += 1
        }
        end = opening
        return value
    }

    /// Whether an odd number of backslashes stands before `index`.
    private func isEscaped(_ index: Int) -> Bool {
        var start = index
        while start > 0, bytes[start - 1] == Self.backslash { start -= 1 }
        return (index - start) % 2 == 1
    }
}
