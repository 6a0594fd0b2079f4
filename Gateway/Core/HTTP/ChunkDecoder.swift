/// Takes the chunked transfer coding apart (RFC 9112 §7.1), strictly and incrementally. It looks at bytes in
/// place: it says how many to pass over and how many of them are content.
package struct ChunkDecoder: Sendable {
    private enum State: Sendable {
        case size(digits: Int)
        case extensionName(isEmpty: Bool)
        case extensionValue(isEmpty: Bool)
        case quoted(escaped: Bool)
        case quotedEnd
        case sizeEnd
        case data
        case dataEnd(sawCR: Bool)
        case trailerStart
        case trailerName
        case trailerValue
        case trailerLineEnd
        case lastLineEnd
        case finished
    }

    package enum Step: Sendable, Equatable {
        /// Pass over this many bytes, then stop until more arrive.
        case needsMore(skip: Int)
        /// Pass over `skip` bytes; the next `count` are content.
        case content(skip: Int, count: Int)
        /// Pass over `skip` bytes; the body is over.
        case end(skip: Int)
    }

    private var state = State.size(digits: 0)
    private var remaining = 0
    private var extensionBytes = 0
    private var trailerBytes = 0
    private var framingNames = FramingNames()
    private let extensionLimit: Int
    private let trailerLimit: Int

    /// Trailer fields are checked and dropped: none may set framing or identity, and nobody here needs one.
    package init(extensionLimit: Int, trailerLimit: Int) {
        self.extensionLimit = extensionLimit
        self.trailerLimit = trailerLimit
    }

    package var isFinished: Bool { if case .finished = state { true } else { false } }

    /// The next step through `bytes`. After `.content` the caller takes what it was told and calls again with
    /// the rest; content may come in several parts.
    package mutating func next(_ bytes: Span<UInt8>) throws(HeadFault) -> Step {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            switch state {
            case .size(let digits):
                if let value = ASCII.hexValue(byte) {
                    // Sixteen digits would overflow; nobody sends a chunk of 2^60 bytes.
                    guard digits < 15 else { throw .badChunkSize }
                    remaining = remaining << 4 | Int(value)
                    state = .size(digits: digits + 1)
                } else {
                    guard digits > 0 else { throw .badChunkSize }
                    if byte == ASCII.cr {
                        state = .sizeEnd
                    } else if byte == ASCII.semicolon {
                        state = .extensionName(isEmpty: true)
                    } else {
                        throw byte == ASCII.lf ? .bareLineFeed : .badChunkSize
                    }
                }
                index += 1
            case .extensionName, .extensionValue, .quoted, .quotedEnd:
                try extend(byte)
                index += 1
            case .sizeEnd:
                guard byte == ASCII.lf else { throw .bareCarriageReturn }
                state = remaining == 0 ? .trailerStart : .data
                index += 1
            case .data:
                let count = min(remaining, bytes.count - index)
                remaining -= count
                if remaining == 0 { state = .dataEnd(sawCR: false) }
                return .content(skip: index, count: count)
            case .dataEnd(let sawCR):
                guard byte == (sawCR ? ASCII.lf : ASCII.cr) else { throw .badChunkEnd }
                if sawCR { beginChunk() } else { state = .dataEnd(sawCR: true) }
                index += 1
            case .trailerStart:
                if byte == ASCII.cr {
                    state = .lastLineEnd
                } else {
                    guard ASCII.isToken(byte) else { throw .badTrailer }
                    try countTrailer()
                    framingNames = FramingNames()
                    framingNames.note(byte)
                    state = .trailerName
                }
                index += 1
            case .trailerName:
                try countTrailer()
                if byte == ASCII.colon {
                    guard !framingNames.isMatch else { throw .badTrailer }
                    state = .trailerValue
                } else {
                    guard ASCII.isToken(byte) else { throw .badTrailer }
                    framingNames.note(byte)
                }
                index += 1
            case .trailerValue:
                try countTrailer()
                if byte == ASCII.cr {
                    state = .trailerLineEnd
                } else {
                    guard ASCII.isFieldValue(byte) else { throw .badTrailer }
                }
                index += 1
            case .trailerLineEnd:
                guard byte == ASCII.lf else { throw .bareCarriageReturn }
                state = .trailerStart
                index += 1
            case .lastLineEnd:
                guard byte == ASCII.lf else { throw .bareCarriageReturn }
                state = .finished
                return .end(skip: index + 1)
            case .finished:
                return .end(skip: index)
            }
        }
        return isFinished ? .end(skip: index) : .needsMore(skip: index)
    }

    /// One byte of `;name`, `;name=token` or `;name="text"` (RFC 9112 §7.1.1). The white space that its
    /// grammar tolerates for the sake of old senders is refused.
    private mutating func extend(_ byte: UInt8) throws(HeadFault) {
        extensionBytes += 1
        guard extensionBytes <= extensionLimit else { throw .chunkExtensionTooLong }
        switch state {
        case .quoted(let escaped):
            guard ASCII.isFieldValue(byte) else {
                throw byte == ASCII.lf ? .bareLineFeed : .badChunkExtension
            }
            let isEnd = byte == UInt8(ascii: "\"") && !escaped
            state = isEnd ? .quotedEnd : .quoted(escaped: byte == UInt8(ascii: "\\") && !escaped)
        case .extensionName(false) where byte == ASCII.equals: state = .extensionValue(isEmpty: true)
        case .extensionName where ASCII.isToken(byte): state = .extensionName(isEmpty: false)
        case .extensionValue where ASCII.isToken(byte): state = .extensionValue(isEmpty: false)
        case .extensionValue(true) where byte == UInt8(ascii: "\""): state = .quoted(escaped: false)
        case .extensionName(false), .extensionValue(false), .quotedEnd:
            if byte == ASCII.cr {
                state = .sizeEnd
            } else {
                guard byte == ASCII.semicolon else {
                    throw byte == ASCII.lf ? .bareLineFeed : .badChunkExtension
                }
                state = .extensionName(isEmpty: true)
            }
        default: throw byte == ASCII.lf ? .bareLineFeed : .badChunkExtension
        }
    }

    private mutating func beginChunk() {
        state = .size(digits: 0)
        remaining = 0
        extensionBytes = 0
    }

    private mutating func countTrailer() throws(HeadFault) {
        trailerBytes += 1
        guard trailerBytes <= trailerLimit else { throw .trailersTooLarge }
    }
}

/// Tells, byte by byte, whether a trailer's name is that of a framing field, which no trailer may have (RFC
/// 9110 §6.5.1).
private struct FramingNames: Sendable {
    private var length = 0
    private var mayBe = (contentLength: true, transferEncoding: true)

    mutating func note(_ byte: UInt8) {
        let byte = ASCII.lowercased(byte)
        mayBe.contentLength = mayBe.contentLength && Self.is(byte, at: length, of: "content-length")
        mayBe.transferEncoding = mayBe.transferEncoding && Self.is(byte, at: length, of: "transfer-encoding")
        length += 1
    }

    var isMatch: Bool {
        mayBe.contentLength && length == 14 || mayBe.transferEncoding && length == 17
    }

    private static func `is`(_ byte: UInt8, at offset: Int, of name: StaticString) -> Bool {
        guard offset < name.utf8CodeUnitCount else { return false }
        // SAFETY: a StaticString's bytes live as long as the program, and the offset was just compared.
        return name.utf8Start[offset] == byte
    }
}
