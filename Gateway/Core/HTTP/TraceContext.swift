/// A W3C trace context (Trace Context, Level 1 §3.2): the trace is the caller's where it sent one, the span
/// is always ours.
package struct TraceContext: Sendable, Hashable {
    package var trace: (high: UInt64, low: UInt64)
    package var span: UInt64
    /// The caller's flags; sampling is its decision.
    package var flags: UInt8

    package init(trace: (high: UInt64, low: UInt64), span: UInt64, flags: UInt8) {
        self.trace = trace
        self.span = span
        self.flags = flags
    }

    /// Bytes of the field's value.
    package static let length = 55

    /// The context that follows a `traceparent` of version 00, under a new span; nil for a value that is not
    /// one.
    package init?(continuing bytes: Span<UInt8>, _ value: ByteRange, span: UInt64) {
        guard value.count == Self.length else { return nil }
        let start = value.lower
        guard bytes[start] == ASCII.zero, bytes[start &+ 1] == ASCII.zero, bytes[start &+ 2] == ASCII.dash,
            bytes[start &+ 35] == ASCII.dash, bytes[start &+ 52] == ASCII.dash,
            let high = Self.hex(bytes, start &+ 3, 16), let low = Self.hex(bytes, start &+ 19, 16),
            let parent = Self.hex(bytes, start &+ 36, 16), let flags = Self.hex(bytes, start &+ 53, 2),
            high != 0 || low != 0, parent != 0
        else { return nil }
        trace = (high, low)
        self.span = span
        self.flags = UInt8(truncatingIfNeeded: flags)
    }

    private static func hex(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> UInt64? {
        var number: UInt64 = 0
        for index in start..<(start &+ count) {
            // Upper case is not allowed here.
            guard let digit = ASCII.hexValue(bytes[index]), bytes[index] & 0x60 != 0x40 else { return nil }
            number = number << 4 | UInt64(digit)
        }
        return number
    }

    /// Calls `body` with each byte of `00-trace-span-flags`.
    @inline(__always)
    package func forEachByte(_ body: (UInt8) -> Void) {
        func write(_ word: UInt64, _ digits: Int) {
            var shift = digits &* 4
            while shift > 0 {
                shift &-= 4
                let nibble = UInt8(truncatingIfNeeded: word >> UInt64(shift)) & 0xF
                body(nibble < 10 ? nibble &+ 0x30 : nibble &+ 0x57)
            }
        }
        body(ASCII.zero)
        body(ASCII.zero)
        body(ASCII.dash)
        write(trace.high, 16)
        write(trace.low, 16)
        body(ASCII.dash)
        write(span, 16)
        body(ASCII.dash)
        write(UInt64(flags), 2)
    }

    package static func == (left: TraceContext, right: TraceContext) -> Bool {
        left.trace == right.trace && left.span == right.span && left.flags == right.flags
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(trace.high)
        hasher.combine(trace.low)
        hasher.combine(span)
    }
}
