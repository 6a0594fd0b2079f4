import Foundation
import GatewayCore

#if canImport(Glibc)
    import Glibc
#endif

/// The file of passwords that nobody may choose.
enum CommonPasswordFile {
    /// Where Debian's cracklib-runtime keeps its list.
    static let usual = "/usr/share/dict/cracklib-small"
    /// The longest file that is read, in bytes, and the most entries: 160 MB of memory.
    static let longest = 256 << 20
    static let most = 20_000_000

    /// The file that `rules` name, or the usual one where it is; nil where there is none.
    static func load(
        _ rules: LoginSettings.PasswordRules, longest: Int = longest, most: Int = most
    ) throws(Complaint) -> CommonPasswordList? {
        guard let path = rules.commonList else {
            return access(usual, R_OK) == 0 ? try load(usual, longest: longest, most: most) : nil
        }
        return try load(path, longest: longest, most: most)
    }

    private static func load(_ path: String, longest: Int, most: Int) throws(Complaint) -> CommonPasswordList
    {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw Complaint("'\(path)' cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var about = stat()
        guard fstat(descriptor, &about) == 0, about.st_mode & S_IFMT == S_IFREG else {
            throw Complaint("'\(path)' is not a file")
        }
        guard about.st_size <= longest else {
            throw Complaint("'\(path)' is longer than \(Units.text(ofSize: longest))")
        }
        var builder = CommonPasswordList.Builder(most: most)
        var reader = LineReader(descriptor, longest: CommonPasswordList.Builder.longestLine)
        while true {
            let line: [UInt8]?
            do throws(Complaint) { line = try reader.next() } catch {
                throw Complaint("'\(path)' \(error.message)")
            }
            guard let line else { return builder.list() }
            guard builder.add(line) else { throw Complaint("'\(path)' has more than \(most) entries") }
        }
    }
}
