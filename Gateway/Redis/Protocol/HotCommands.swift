import GatewayCore
import NIOCore

/// Writes the commands that every request sends: a session's `GET`, and the `EVALSHA` of charges.
///
/// Their heads never change, so they are kept as bytes, and only key and numbers are written behind them.
/// hiredis's formatter would take an array of words, an array of their lengths and an allocation for every
/// command, with a string for each word before that; this takes none.
struct HotCommands {
    private let keys: KeySchema
    private let sessionHead: [UInt8]
    private let chargeHead: [UInt8]
    private let evaluatedChargeHead: [UInt8]
    /// Reused for the key whose length must be written before it.
    private var scratch: [UInt8] = []
    private var number: [UInt8] = []

    init(keys: KeySchema) {
        self.keys = keys
        let script = RedisScript.gcra
        let sessionPrefix = "\(keys.prefix)s:"
        sessionHead = Array("*2\r\n$3\r\nGET\r\n$\(sessionPrefix.utf8.count + 64)\r\n\(sessionPrefix)".utf8)
        chargeHead = Array("*7\r\n$7\r\nEVALSHA\r\n$40\r\n\(script.digest)\r\n$1\r\n1\r\n".utf8)
        evaluatedChargeHead = Array(
            "*7\r\n$4\r\nEVAL\r\n$\(script.source.utf8.count)\r\n\(script.source)\r\n$1\r\n1\r\n".utf8)
        scratch.reserveCapacity(256)
        number.reserveCapacity(20)
    }

    /// Appends the look-up of a session.
    mutating func writeLookUp(_ digest: SessionDigest, to buffer: inout ByteBuffer) {
        scratch.removeAll(keepingCapacity: true)
        scratch.append(contentsOf: sessionHead)
        Digits.appendSixteenHex(digest.words.0, to: &scratch)
        Digits.appendSixteenHex(digest.words.1, to: &scratch)
        Digits.appendSixteenHex(digest.words.2, to: &scratch)
        Digits.appendSixteenHex(digest.words.3, to: &scratch)
        Self.appendLineEnd(to: &scratch)
        buffer.writeBytes(scratch)
    }

    /// Appends `count` charges like `charge`; with `evaluating`, the whole script.
    mutating func writeCharges(
        _ charge: borrowing LimitCharge, count: Int32, evaluating: Bool, to buffer: inout ByteBuffer
    ) {
        let gcra = charge.policy.gcra
        buffer.writeBytes(evaluating ? evaluatedChargeHead : chargeHead)
        scratch.removeAll(keepingCapacity: true)
        keys.append(limit: copy charge, to: &scratch)
        writeScratch(to: &buffer)
        Digits.append(UInt64(gcra.interval * gcra.cost), to: &scratch)
        writeScratch(to: &buffer)
        Digits.append(UInt64(gcra.window), to: &scratch)
        writeScratch(to: &buffer)
        Digits.append(UInt64(count), to: &scratch)
        writeScratch(to: &buffer)
    }

    /// Appends what is in `scratch` as a bulk string and empties it.
    private mutating func writeScratch(to buffer: inout ByteBuffer) {
        number.removeAll(keepingCapacity: true)
        number.append(UInt8(ascii: "$"))
        Digits.append(UInt64(scratch.count), to: &number)
        Self.appendLineEnd(to: &number)
        Self.appendLineEnd(to: &scratch)
        buffer.writeBytes(number)
        buffer.writeBytes(scratch)
        scratch.removeAll(keepingCapacity: true)
    }

    private static func appendLineEnd(to bytes: inout [UInt8]) {
        bytes.append(13)
        bytes.append(10)
    }
}
