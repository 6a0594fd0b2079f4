import Foundation
import GatewayCore

#if canImport(Glibc)
    import Glibc
#endif

/// A file of accounts that can be read twice. What comes from a pipe is kept in a temporary file that has no name any
/// more, so that nobody else finds it and nothing of it stays.
struct ImportFile: ~Copyable {
    private let descriptor: CInt
    /// What faults call it.
    let name: String

    /// Opens `path`, or standard input where it is nil or `-`. Of a pipe at most `spool` bytes are taken.
    init(_ path: String?, spool: Int) throws(CommandFailure) {
        let opened: CInt
        if let path, path != "-" {
            name = path
            opened = open(path, O_RDONLY | O_CLOEXEC)
            guard opened >= 0 else { throw Self.failure("'\(path)' cannot be read") }
        } else {
            name = "standard input"
            opened = dup(STDIN_FILENO)
            guard opened >= 0 else { throw Self.failure("standard input cannot be read") }
        }
        var about = stat()
        if fstat(opened, &about) == 0, about.st_mode & S_IFMT == S_IFREG {
            descriptor = opened
        } else {
            defer { close(opened) }
            descriptor = try Self.spooled(opened, atMost: spool)
        }
    }

    deinit { close(descriptor) }

    /// Hands over every line that is not empty, with its number, from the first.
    func eachLine(
        _ body: nonisolated(nonsending) (_ line: [UInt8], _ number: Int) async throws -> Void
    ) async throws {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw Self.failure("\(name) cannot be read") }
        var reader = LineReader(descriptor, longest: AccountLine.longest)
        while true {
            let line: [UInt8]?
            do throws(Complaint) { line = try reader.next() } catch {
                throw CommandFailure.refused("\(name) \(error.message)")
            }
            guard let line else { return }
            if !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { try await body(line, reader.number) }
        }
    }

    private static func spooled(_ source: CInt, atMost most: Int) throws(CommandFailure) -> CInt {
        var template = Array("\(NSTemporaryDirectory())/fillgate-import-XXXXXX".utf8CString)
        // Mode 0600, whatever the umask.
        let spool = mkstemp(&template)
        guard spool >= 0 else { throw failure("no temporary file can be made") }
        unlink(template)
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        defer { SecretBytes.wipe(&piece) }
        var total = 0
        while true {
            let count = piece.withUnsafeMutableBytes { read(source, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                defer { close(spool) }
                throw failure("standard input cannot be read")
            }
            guard count > 0 else { return spool }
            total += count
            guard total <= most else {
                close(spool)
                throw .refused("standard input is longer than \(Units.text(ofSize: most)) (--spool-limit)")
            }
            let file = TextOutput(spool)
            do throws(CommandFailure) {
                try file.write(piece[..<count])
                try file.flush()
            } catch {
                close(spool)
                throw error
            }
        }
    }

    private static func failure(_ what: String) -> CommandFailure {
        .refused("\(what): \(String(cString: strerror(errno)))")
    }
}
