package import Foundation

/// A folder that exists as long as this object does.
///
/// Its path is short, so that a Unix socket in it stays below the 107 bytes that a socket's address holds.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        var template = Array("/tmp/fillgate-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXFailure("mkdtemp", errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of `name` in this folder.
    package func file(_ name: String) -> String { path + "/" + name }

    /// Writes `contents` to the file `name` and returns its path.
    @discardableResult
    package func write(_ contents: some DataProtocol, to name: String) throws -> String {
        try Data(contents).write(to: URL(fileURLWithPath: file(name)))
        return file(name)
    }
}

/// A system call that failed.
package struct POSIXFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ call: String, _ code: Int32) {
        description = "\(call): \(String(cString: strerror(code)))"
    }
}
