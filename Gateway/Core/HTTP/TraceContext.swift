import ServiceCore

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

    /// Puts `00-trace-span-flags` in the place of what `bytes` holds, without allocating where that was one.
    package func write(to bytes: inout [UInt8]) {
        if bytes.count != Self.length { bytes = Array(repeating: ASCII.zero, count: Self.length) }
        var span = bytes.mutableSpan
        span[2] = ASCII.dash
        span[35] = ASCII.dash
        span[52] = ASCII.dash
        Self.write(trace.high, into: &span, at: 3)
        Self.write(trace.low, into: &span, at: 19)
        Self.write(self.span, into: &span, at: 36)
        Hexadecimal.write(UInt32(flags) << 24, count: 2, into: &span, at: 53)
    }

    private static func write(_ word: UInt64, into bytes: inout MutableSpan<UInt8>, at offset: Int) {
        Hexadecimal.write(UInt32(truncatingIfNeeded: word >> 32), into: &bytes, at: offset)
        Hexadecimal.write(UInt32(truncatingIfNeeded: word), into: &bytes, at: offset &+ 8)
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
