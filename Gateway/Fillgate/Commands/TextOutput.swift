import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Text on its way to a file or to standard output, in pieces of 64 KiB: a long listing is nobody's memory.
final class TextOutput {
    private let descriptor: CInt
    private var waiting: [UInt8] = []
    private static let piece = 1 << 16

    /// Closes nothing.
    init(_ descriptor: CInt) { self.descriptor = descriptor }

    /// Throws what the system says, and nothing to be told where nobody reads any more.
    func write(_ text: String) throws(CommandFailure) { try write(text.utf8) }

    func write(_ bytes: some Sequence<UInt8>) throws(CommandFailure) {
        waiting.append(contentsOf: bytes)
        if waiting.count >= Self.piece { try flush() }
    }

    func flush() throws(CommandFailure) {
        var unwritten = waiting[...]
        waiting = []
        while !unwritten.isEmpty {
            let count = unwritten.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EPIPE { throw .refused("") }
                throw .refused("the output cannot be written: \(String(cString: strerror(errno)))")
            }
            unwritten = unwritten.dropFirst(count)
        }
    }
}
