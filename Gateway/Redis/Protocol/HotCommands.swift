import GatewayCore
import NIOCore
import ServiceCore

/// Writes the commands that every request sends: a session's `GET`, and the `EVALSHA` of charges.
///
/// Their heads never change, so they are kept as bytes, and only key and numbers are written behind them.
/// hiredis's formatter would take an array of words, an array of their lengths and an allocation for every
/// command, with a string for each word before that; this takes none.
struct HotCommands {
    private let keys: KeySchema
    private let sessionHead: [UInt8]
    private let keyHead: [UInt8]
    private let chargeHead: [UInt8]
    private let evaluatedChargeHead: [UInt8]
    /// Reused for the key, whose length must be written before it.
    private var key: [UInt8] = []
    private var tails: [Tail] = []

    /// What stands between a charge's key and the digits of its count: the same for all charges of a policy.
    private struct Tail {
        var step: Int64
        var window: Int64
        var bytes: [UInt8]
    }

    /// Policies whose tails are kept; more than one configuration has.
    private static let mostTails = 256

    init(keys: KeySchema) {
        self.keys = keys
        let script = RedisScript.gcra
        let sessionPrefix = "\(keys.prefix)s:"
        let keyPrefix = "\(keys.prefix)k:"
        keyHead = Array("*2\r\n$3\r\nGET\r\n$\(keyPrefix.utf8.count + 64)\r\n\(keyPrefix)".utf8)
        sessionHead = Array("*2\r\n$3\r\nGET\r\n$\(sessionPrefix.utf8.count + 64)\r\n\(sessionPrefix)".utf8)
        chargeHead = Array("*7\r\n$7\r\nEVALSHA\r\n$40\r\n\(script.digest)\r\n$1\r\n1\r\n".utf8)
        evaluatedChargeHead = Array(
            "*7\r\n$4\r\nEVAL\r\n$\(script.source.utf8.count)\r\n\(script.source)\r\n$1\r\n1\r\n".utf8)
        key.reserveCapacity(256)
    }

    /// Appends the look-up of a session or of an API key.
    func writeLookUp(_ digest: SessionDigest, isKey: Bool, to buffer: inout ByteBuffer) {
        let (first, second, third, fourth) = digest.words
        buffer.writeBytes(isKey ? keyHead : sessionHead)
        buffer.writeMultipleIntegers(
            Self.highDigits(first), Self.lowDigits(first), Self.highDigits(second), Self.lowDigits(second),
            Self.highDigits(third), Self.lowDigits(third), Self.highDigits(fourth), Self.lowDigits(fourth),
            Self.lineEnd)
    }

    private static func highDigits(_ word: UInt64) -> UInt64 {
        Hexadecimal.digits(of: UInt32(truncatingIfNeeded: word >> 32))
    }

    private static func lowDigits(_ word: UInt64) -> UInt64 {
        Hexadecimal.digits(of: UInt32(truncatingIfNeeded: word))
    }

    private static let lineEnd: UInt16 = 0x0D0A

    /// Appends `count` charges like `charge`, 1 to 99; with `evaluating`, the whole script.
    mutating func writeCharges(
        _ charge: borrowing LimitCharge, count: Int32, evaluating: Bool, to buffer: inout ByteBuffer
    ) {
        buffer.writeBytes(evaluating ? evaluatedChargeHead : chargeHead)
        key.removeAll(keepingCapacity: true)
        keys.append(limit: copy charge, to: &key)
        buffer.writeInteger(UInt8(ascii: "$"))
        Self.writeDecimal(key.count, to: &buffer)
        buffer.writeInteger(Self.lineEnd)
        buffer.writeBytes(key)
        writeTail(of: charge.policy.gcra, to: &buffer)
        if count < 10 {
            buffer.writeMultipleIntegers(
                UInt8(ascii: "1"), Self.lineEnd, UInt8(truncatingIfNeeded: count) &+ 0x30, Self.lineEnd)
        } else {
            buffer.writeMultipleIntegers(UInt8(ascii: "2"), Self.lineEnd)
            Self.writeDecimal(Int(count), to: &buffer)
            buffer.writeInteger(Self.lineEnd)
        }
    }

    private mutating func writeTail(of gcra: GCRA, to buffer: inout ByteBuffer) {
        let step = gcra.interval * gcra.cost
        let window = gcra.window
        for index in tails.indices where tails[index].step == step && tails[index].window == window {
            buffer.writeBytes(tails[index].bytes)
            return
        }
        let (stepText, windowText) = (String(step), String(window))
        let text =
            "\r\n$\(stepText.utf8.count)\r\n\(stepText)\r\n$\(windowText.utf8.count)\r\n\(windowText)\r\n$"
        if tails.count < Self.mostTails {
            tails.append(Tail(step: step, window: window, bytes: Array(text.utf8)))
        }
        buffer.writeString(text)
    }

    private static func writeDecimal(_ number: Int, to buffer: inout ByteBuffer) {
        if number >= 10 { writeDecimal(number / 10, to: &buffer) }
        buffer.writeInteger(UInt8(truncatingIfNeeded: number % 10) &+ 0x30)
    }
}
