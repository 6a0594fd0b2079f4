import Foundation
import GatewayCore

#if canImport(Glibc)
    import Glibc
#endif

/// A file read line by line in pieces of 64 KiB: its size is nobody's memory.
struct LineReader: ~Copyable {
    private let descriptor: CInt
    private let longest: Int
    private var piece = [UInt8](repeating: 0, count: 1 << 16)
    private var unread = 0..<0
    /// Of the line that was read last, counted from 1.
    private(set) var number = 0

    /// Reads what `descriptor` has from where it stands, and closes nothing. Of lines over `longest` bytes only the
    /// first `longest` and one more are kept, by which they can be told.
    init(_ descriptor: CInt, longest: Int) {
        self.descriptor = descriptor
        self.longest = longest
    }

    /// The next line without its `\n` or `\r\n`; nil at the end. Throws what the system says of a failed read.
    mutating func next() throws(Complaint) -> [UInt8]? {
        var line: [UInt8] = []
        var hasBegun = false
        while true {
            if unread.isEmpty {
                let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
                if count < 0 {
                    if errno == EINTR { continue }
                    throw Complaint("cannot be read: \(String(cString: strerror(errno)))")
                }
                guard count > 0 else { break }
                unread = 0..<count
            }
            hasBegun = true
            let end = piece[unread].firstIndex(of: UInt8(ascii: "\n"))
            line.append(contentsOf: piece[unread.lowerBound..<(end ?? unread.upperBound)].prefix(room(line)))
            unread = (end.map { $0 + 1 } ?? unread.upperBound)..<unread.upperBound
            if end != nil { break }
        }
        guard hasBegun else { return nil }
        number += 1
        if line.count <= longest, line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }

    /// Overwrites what was read: it may have held what is nobody's business.
    mutating func wipe() { SecretBytes.wipe(&piece) }

    private func room(_ line: [UInt8]) -> Int { longest + 1 - line.count }
}
