import ArgumentParser
import Foundation
import GatewayCore

#if canImport(Glibc)
    import Glibc
#endif

/// `fillgate user export`.
struct UserExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write all accounts as JSON lines, for 'user import'.",
        discussion: """
            Without --with-hashes nobody's password hash is written, and the file cannot be imported again. A file \
            with hashes lets whoever reads it guess passwords at leisure: keep it as you keep Redis.
            """)

    @OptionGroup var file: ConfigurationFile
    @Flag(help: "Write the password hashes as well.") var withHashes = false
    @Option(help: ArgumentHelp("A new file, mode 0600; otherwise standard output.", valueName: "file"))
    var output: String?

    func run() async throws {
        let settings = try file.settings()
        let withHashes = withHashes
        let path = output
        let descriptor = try path.map(Self.create) ?? STDOUT_FILENO
        if withHashes, path == nil, Self.mayBeReadByOthers(descriptor) {
            StandardError.write(
                "fillgate: warning: the output is a file that others may read; use --output, or umask 077")
        }
        do {
            try await AdminStore.run(settings) { store in
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                let output = TextOutput(descriptor)
                try await store.eachPage { page in
                    for account in page {
                        let line = try encoder.encode(ExportedAccount(account, withHash: withHashes))
                        try output.write(line)
                        try output.write("\n")
                    }
                }
                try output.flush()
            }
            if path != nil, close(descriptor) != 0 { throw Self.failure("the output cannot be written") }
        } catch {
            // Half an export is worse than none.
            if let path { unlink(path) }
            throw error
        }
    }

    private static func create(_ path: String) throws(CommandFailure) -> CInt {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("'\(path)' cannot be made") }
        return descriptor
    }

    private static func mayBeReadByOthers(_ descriptor: CInt) -> Bool {
        var about = stat()
        return fstat(descriptor, &about) == 0 && about.st_mode & S_IFMT == S_IFREG
            && about.st_mode & 0o044 != 0
    }

    private static func failure(_ what: String) -> CommandFailure {
        .refused("\(what): \(String(cString: strerror(errno)))")
    }
}
