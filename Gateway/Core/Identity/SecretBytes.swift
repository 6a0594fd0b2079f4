import Foundation

/// Bytes that are overwritten before their memory is given back: a password between the request that brought
/// it and the hash that it becomes. Written once, never copied, never printed.
package final class SecretBytes: @unchecked Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    // SAFETY: the memory belongs to this object alone, is written only inside `init`, and is freed once, in
    // `deinit`, after it was wiped; between the two it is only read, so threads may share it.
    private let storage: UnsafeMutableBufferPointer<UInt8>
    package let count: Int

    /// Reserves `capacity` bytes and lets `fill` append at most that many. What `fill` throws comes out
    /// again, after what it had written is wiped.
    package init<Failure: Error>(
        capacity: Int, _ fill: (inout Writer) throws(Failure) -> Void
    ) throws(Failure) {
        var writer = Writer(buffer: .allocate(capacity: max(1, capacity)))
        do {
            try fill(&writer)
        } catch {
            Self.release(writer.buffer)
            throw error
        }
        storage = writer.buffer
        count = writer.count
    }

    /// A copy of `bytes`, whose own memory stays as it is.
    package convenience init(copying bytes: some Collection<UInt8>) {
        self.init(capacity: bytes.count) { writer in
            for byte in bytes { writer.append(byte) }
        }
    }

    deinit { Self.release(storage) }

    /// Appends to memory that will not move.
    package struct Writer {
        fileprivate let buffer: UnsafeMutableBufferPointer<UInt8>
        package fileprivate(set) var count = 0

        fileprivate init(buffer: UnsafeMutableBufferPointer<UInt8>) { self.buffer = buffer }

        /// Traps when the capacity is exceeded: the caller sized the buffer.
        package mutating func append(_ byte: UInt8) {
            precondition(count < buffer.count, "more bytes than were reserved")
            buffer[count] = byte
            count += 1
        }
    }

    /// Lends the bytes for the duration of `body`, which must not keep the pointer.
    package func withBytes<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeBufferPointer(rebasing: storage[..<count]))
    }

    /// Overwrites what `bytes` holds and empties it. Whoever read a body with credentials does this to it;
    /// other holders of the same array keep theirs, so this comes last.
    package static func wipe(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { buffer in
            if let start = buffer.baseAddress { explicit_bzero(start, buffer.count) }
        }
        bytes.removeAll()
    }

    private static func release(_ buffer: UnsafeMutableBufferPointer<UInt8>) {
        if let start = buffer.baseAddress { explicit_bzero(start, buffer.count) }
        buffer.deallocate()
    }

    package var description: String { "SecretBytes(redacted)" }
    package var debugDescription: String { description }
}
