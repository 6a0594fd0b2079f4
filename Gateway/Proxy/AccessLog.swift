import GatewayCore

/// One loop's access log: lines are put together here and handed to the sink ten times a second or when there
/// are many.
final class AccessLog {
    let sink: AccessLogSink?
    private var buffer: [UInt8] = []
    private var secondOfPrefix: Int64 = -1
    private var prefix: [UInt8] = []

    private static let flushSize = 32 << 10

    init(sink: AccessLogSink?) { self.sink = sink }

    func flush() {
        guard let sink, !buffer.isEmpty else { return }
        sink.write(buffer)
        buffer.removeAll(keepingCapacity: false)
    }

    /// What one request leaves in the log. Times are microseconds.
    struct Record: ~Copyable {
        var time: Timestamp
        var id: [UInt8]
        var address: [UInt8]
        var user: String?
        var method: [UInt8]
        var path: [UInt8]
        var version: ClientEnd.Version
        var route: String
        var status: Int
        var bytes: Int
        var total: Int64
        var upstream: Int64
        var store: Int64
        var code: String?
    }

    func append(_ record: borrowing Record) {
        guard sink != nil else { return }
        if buffer.capacity == 0 { buffer.reserveCapacity(Self.flushSize + 4096) }
        appendTime(record.time)
        field("\",\"request_id\":\"", record.id)
        field("\",\"client\":\"", record.address)
        literal("\",\"user\":")
        if let user = record.user { quoted(user) } else { literal("null") }
        literal(",\"method\":")
        quoted(record.method)
        literal(",\"path\":")
        quoted(record.path)
        switch record.version {
        case .http1: literal(",\"protocol\":\"http/1.1\"")
        case .http2: literal(",\"protocol\":\"h2\"")
        }
        literal(",\"route\":")
        quotedByByte(record.route.utf8)
        literal(",\"status\":")
        buffer.appendDecimal(Int64(record.status))
        literal(",\"bytes\":")
        buffer.appendDecimal(Int64(record.bytes))
        literal(",\"ms\":")
        milliseconds(record.total)
        literal(",\"gateway_ms\":")
        milliseconds(max(0, record.total - record.upstream - record.store))
        literal(",\"upstream_ms\":")
        milliseconds(record.upstream)
        literal(",\"redis_ms\":")
        milliseconds(record.store)
        literal(",\"code\":")
        if let code = record.code { quotedByByte(code.utf8) } else { literal("null") }
        literal("}\n")
        if buffer.count >= Self.flushSize { flush() }
    }

    private func literal(_ text: StaticString) {
        // SAFETY: a StaticString's bytes live as long as the program.
        buffer.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private func field(_ name: StaticString, _ value: borrowing [UInt8]) {
        literal(name)
        buffer.append(contentsOf: copy value)
    }

    private func milliseconds(_ microseconds: Int64) {
        buffer.appendDecimal(microseconds / 1_000)
        buffer.append(ASCII.dot)
        let rest = microseconds % 1_000
        buffer.append(ASCII.zero + UInt8(rest / 100))
        buffer.append(ASCII.zero + UInt8(rest / 10 % 10))
        buffer.append(ASCII.zero + UInt8(rest % 10))
    }

    /// A JSON string (RFC 8259 §7). Bytes outside printable ASCII are escaped one by one as U+0000 to U+00FF,
    /// so that a line is valid whatever a client sent, and no terminal obeys it.
    private func quoted(_ bytes: [UInt8]) {
        guard !Self.isPlain(bytes) else {
            buffer.append(UInt8(ascii: "\""))
            buffer.append(contentsOf: bytes)
            buffer.append(UInt8(ascii: "\""))
            return
        }
        quotedByByte(bytes)
    }

    private static func isPlain(_ bytes: [UInt8]) -> Bool {
        for byte in bytes where !isPlain(byte) { return false }
        return true
    }

    @inline(__always)
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private func quotedByByte(_ bytes: some Sequence<UInt8>) {
        buffer.append(UInt8(ascii: "\""))
        for byte in bytes {
            if Self.isPlain(byte) {
                buffer.append(byte)
            } else {
                literal("\\u00")
                buffer.append(Self.hex(byte >> 4))
                buffer.append(Self.hex(byte & 0xF))
            }
        }
        buffer.append(UInt8(ascii: "\""))
    }

    /// The same for text of ours, character by character: what is not ASCII is escaped as UTF-16.
    private func quoted(_ text: String) {
        guard !text.utf8.allSatisfy({ $0 < 0x7F }) else { return quotedByByte(text.utf8) }
        buffer.append(UInt8(ascii: "\""))
        for unit in text.utf16 {
            if let byte = UInt8(exactly: unit), byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "\""),
                byte != UInt8(ascii: "\\")
            {
                buffer.append(byte)
            } else {
                literal("\\u")
                for shift in [12, 8, 4, 0] {
                    buffer.append(Self.hex(UInt8(truncatingIfNeeded: unit >> UInt16(shift)) & 0xF))
                }
            }
        }
        buffer.append(UInt8(ascii: "\""))
    }

    private static func hex(_ nibble: UInt8) -> UInt8 { nibble < 10 ? nibble + 0x30 : nibble + 0x57 }

    /// `{"time":"2026-01-02T03:04:05.678Z`: everything up to the second is made once a second.
    private func appendTime(_ time: Timestamp) {
        if time.seconds != secondOfPrefix {
            secondOfPrefix = time.seconds
            prefix = Array("{\"time\":\"\(CalendarText.dateAndTime(time.seconds)).".utf8)
        }
        buffer.append(contentsOf: prefix)
        let milliseconds = time.milliseconds % 1_000
        buffer.append(ASCII.zero + UInt8(milliseconds / 100))
        buffer.append(ASCII.zero + UInt8(milliseconds / 10 % 10))
        buffer.append(ASCII.zero + UInt8(milliseconds % 10))
        buffer.append(UInt8(ascii: "Z"))
    }
}
