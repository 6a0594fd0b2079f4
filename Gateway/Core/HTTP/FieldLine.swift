/// One header line (RFC 9112 §5), of a request or of a response.
package enum FieldLine {
    /// Reads the line that begins at `start`; its CRLF lies before `end`.
    @inline(__always)
    package static func parse(_ bytes: Span<UInt8>, at start: Int, end: Int) throws(HeadFault) -> HeadField {
        var cursor = start
        while ASCII.isToken(bytes[cursor]) { cursor &+= 1 }
        let name = ByteRange(start, cursor)
        guard bytes[cursor] == ASCII.colon, !name.isEmpty else { throw nameFault(bytes, start, cursor) }
        cursor &+= 1
        let valueStart = cursor
        while ASCII.isFieldValue(bytes[cursor]) { cursor &+= 1 }
        let value = bytes.trimmed(ByteRange(valueStart, cursor))
        switch bytes[cursor] {
        case ASCII.cr:
            guard bytes[cursor &+ 1] == ASCII.lf else { throw .bareCarriageReturn }
        case ASCII.lf: throw .bareLineFeed
        default: throw .controlCharacter
        }
        return HeadField(
            name: name, value: value, line: ByteRange(start, cursor &+ 2), known: .other, passes: true)
    }

    private static func nameFault(_ bytes: Span<UInt8>, _ start: Int, _ cursor: Int) -> HeadFault {
        switch bytes[cursor] {
        case ASCII.space, ASCII.htab: cursor == start ? .foldedLine : .spaceBeforeColon
        case ASCII.cr: .bareCarriageReturn
        case ASCII.lf: .bareLineFeed
        default: .badFieldName
        }
    }
}
