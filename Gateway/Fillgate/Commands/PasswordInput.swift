import Dispatch
import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Passwords come from standard input or from a prompt that does not echo, never from the command line, where
/// every process on the machine could read them.
enum PasswordInput {
    /// The longest line that is read, in bytes.
    private static let longest = 4_096

    /// The new password: the first line of standard input where `fromStandardInput` says so, otherwise what
    /// is typed twice.
    static func newPassword(fromStandardInput: Bool) throws(CommandFailure) -> String {
        if fromStandardInput { return try line() }
        guard isatty(STDIN_FILENO) == 1 else {
            throw .usage("there is no terminal to ask for the password; give it with --password-stdin")
        }
        let first = try prompt("Password: ")
        guard try prompt("Again: ") == first else { throw .refused("the two passwords differ") }
        return first
    }

    private static func prompt(_ text: String) throws(CommandFailure) -> String {
        var terminal = termios()
        guard tcgetattr(STDIN_FILENO, &terminal) == 0 else {
            throw .refused("the terminal cannot be told not to echo")
        }
        let interrupts = Interrupts(restoring: terminal)
        defer { interrupts.end() }
        var silent = terminal
        silent.c_lflag &= ~tcflag_t(ECHO)
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 else {
            throw .refused("the terminal cannot be told not to echo")
        }
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal)
            try? FileHandle.standardError.write(contentsOf: Data("\n".utf8))
        }
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
        return try line()
    }

    /// Gives the terminal its echo back when somebody ends the command at the prompt.
    private struct Interrupts {
        private let sources: [any DispatchSourceSignal]
        private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

        init(restoring terminal: termios) {
            sources = Self.signals.map { number in
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler {
                    var terminal = terminal
                    tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal)
                    // What a shell makes of a program that a signal ended.
                    exit(128 + number)
                }
                source.resume()
                return source
            }
        }

        func end() {
            for source in sources { source.cancel() }
            for number in Self.signals { signal(number, SIG_DFL) }
        }
    }

    private static func line() throws(CommandFailure) -> String {
        guard let line = readLine(strippingNewline: true), !line.isEmpty else {
            throw .refused("no password was given")
        }
        guard line.utf8.count <= longest else {
            throw .refused("the password is longer than \(longest) bytes")
        }
        return line
    }
}
