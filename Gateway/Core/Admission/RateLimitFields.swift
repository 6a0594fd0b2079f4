/// The `RateLimit` and `RateLimit-Policy` fields of draft-ietf-httpapi-ratelimit-headers-10, as
/// structured-field lists.
package enum RateLimitFields {
    /// `"api";q=200;w=2, "address";q=100;w=2`: burst, and the seconds in which an empty bucket refills, rounded up;
    /// `"exports";q=3;qu="concurrent-requests"` of a bound on requests in flight. Policies in shadow mode do not
    /// show.
    package static func policy(_ policies: [LimitPolicy], inFlight: [InFlightPolicy] = []) -> [UInt8] {
        let rates = policies.filter { $0.mode == .enforce }.map { policy in
            "\"\(policy.name)\";q=\(policy.gcra.burst);w=\((policy.gcra.window + 999_999) / 1_000_000)"
        }
        let places = inFlight.filter { $0.mode == .enforce }.map { policy in
            "\"\(policy.name)\";q=\(policy.most);qu=\"concurrent-requests\""
        }
        return Array((rates + places).joined(separator: ", ").utf8)
    }

    /// Appends `"exports";r=2`: requests that may still be under way at the same time.
    package static func appendItem(
        _ policy: borrowing InFlightPolicy, remaining: Int64, to bytes: inout [UInt8]
    ) {
        if !bytes.isEmpty { bytes.append(contentsOf: ", ".utf8) }
        bytes.append(contentsOf: "\"\(policy.name)\";r=".utf8)
        bytes.appendDecimal(remaining)
    }

    /// Appends `"api";r=42;t=2`: what would be admitted now, and the seconds until the bucket is at rest,
    /// rounded up.
    package static func appendItem(
        _ policy: borrowing LimitPolicy, _ outcome: LimitOutcome, to bytes: inout [UInt8]
    ) {
        if !bytes.isEmpty {
            bytes.append(ASCII.comma)
            bytes.append(ASCII.space)
        }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: policy.name.utf8)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(ASCII.semicolon)
        bytes.append(UInt8(ascii: "r"))
        bytes.append(ASCII.equals)
        bytes.appendDecimal(policy.gcra.remaining(after: outcome))
        bytes.append(ASCII.semicolon)
        bytes.append(UInt8(ascii: "t"))
        bytes.append(ASCII.equals)
        bytes.appendDecimal((outcome.untilFull + 999_999) / 1_000_000)
    }

    /// `Retry-After` of a refusal: seconds, rounded up, at least 1.
    package static func retryAfter(_ outcome: LimitOutcome) -> Int64 {
        max(1, (outcome.retryAfter + 999_999) / 1_000_000)
    }
}

extension Array where Element == UInt8 {
    /// Appends a number that is not negative in decimal, without making a string of it.
    package mutating func appendDecimal(_ number: Int64) {
        // Divided by a constant, which is a multiplication. The digits come last one first.
        var digits: UInt64 = 0
        var rest = Swift.max(0, number)
        var count = 0
        while rest >= 10, count < 7 {
            digits = digits << 8 | UInt64(rest % 10 &+ 0x30)
            rest /= 10
            count &+= 1
        }
        if rest >= 10 {
            appendDecimal(rest)
        } else {
            append(ASCII.zero &+ UInt8(truncatingIfNeeded: rest))
        }
        while count > 0 {
            append(UInt8(truncatingIfNeeded: digits))
            digits >>= 8
            count &-= 1
        }
    }
}
