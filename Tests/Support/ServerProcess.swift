package import Foundation
import Synchronization

/// A program that a test started: it ends with this object at the latest, whatever the test did.
///
/// Standard output and standard error go to one file, so that a program that writes much never blocks and
/// a failing test can show what it said.
package final class ServerProcess: Sendable {
    /// How a process ended.
    package enum Exit: Sendable, Hashable {
        case code(Int32)
        case signal(Int32)
    }

    package let pid: pid_t
    /// What failures call this process.
    package let name: String
    private let folder: TemporaryFolder
    private let exit = Mutex<Exit?>(nil)

    /// The path of an executable product of this package, which lies beside the test bundle.
    package static func product(_ name: String) -> String {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent(name).path
    }

    /// Starts `executable`, an absolute path or a name that is looked up in `PATH`.
    ///
    /// The environment is this process's with `environment` laid over it. No file descriptor but the
    /// standard three is inherited, so a test's sockets never outlive the test in a child.
    package init(
        _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
        directory: String? = nil
    ) throws {
        name = URL(fileURLWithPath: executable).lastPathComponent
        folder = try TemporaryFolder()

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, 1, folder.file("log"), O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        InheritedDescriptors.close(from: 3, in: &actions)

        // A test runner may block or ignore signals; the child starts with all of them at their defaults.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let variables = ProcessInfo.processInfo.environment.merging(environment) { _, mine in mine }
        let command = (directory.map { ["env", "-C", $0] } ?? []) + [executable] + arguments
        var pid: pid_t = 0
        let failure = withCStrings(command) { argv in
            withCStrings(variables.map { "\($0.key)=\($0.value)" }) { envp in
                posix_spawnp(&pid, command[0], &actions, &attributes, argv, envp)
            }
        }
        guard failure == 0 else { throw POSIXFailure("cannot start \(executable)", failure) }
        self.pid = pid
    }

    deinit {
        if poll() == nil {
            kill(pid, SIGKILL)
            var status: Int32 = 0
            waitpid(pid, &status, 0)
        }
    }

    /// Everything that the process has written so far.
    package var output: String {
        String(
            decoding: (try? Data(contentsOf: URL(fileURLWithPath: folder.file("log")))) ?? Data(),
            as: UTF8.self)
    }

    package var isRunning: Bool { poll() == nil }

    package func signal(_ number: Int32) {
        // Only while it is unreaped: a process ID that was waited for may be somebody else's.
        exit.withLock { if $0 == nil { _ = kill(pid, number) } }
    }

    /// Waits until `condition` holds; fails at once if the process ends first.
    package func wait(
        until what: String, within deadline: Duration = .seconds(30), _ condition: () async throws -> Bool
    ) async throws {
        do {
            try await eventually(what, within: deadline) {
                if try await condition() { return true }
                if let exit = poll() { throw DeadlineExceeded("ended with \(exit) before: \(what)") }
                return false
            }
        } catch let late as DeadlineExceeded {
            throw DeadlineExceeded("\(name): \(late.description); it wrote:\n\(output)")
        }
    }

    /// Waits until the process has written `text`.
    package func wait(forOutput text: String, within deadline: Duration = .seconds(30)) async throws {
        try await wait(until: "output that contains \"\(text)\"", within: deadline) { output.contains(text) }
    }

    /// Waits until something accepts connections at `port` of 127.0.0.1.
    package func wait(forPort port: Int, within deadline: Duration = .seconds(30)) async throws {
        try await wait(until: "port \(port) accepts", within: deadline) { LoopbackPort.accepts(port) }
    }

    /// Waits until the process has ended.
    @discardableResult
    package func waitForExit(within deadline: Duration = .seconds(30)) async throws -> Exit {
        do {
            try await eventually("\(name) ends", within: deadline) { poll() != nil }
        } catch let late as DeadlineExceeded {
            throw DeadlineExceeded("\(late.description); it wrote:\n\(output)")
        }
        return poll() ?? .code(-1)
    }

    /// Sends `SIGTERM` and waits; a process that does not end by then fails the test and is killed later.
    @discardableResult
    package func stop(within deadline: Duration = .seconds(30)) async throws -> Exit {
        signal(SIGTERM)
        return try await waitForExit(within: deadline)
    }

    /// Ends the process as a power cut would: `SIGKILL`, nothing is flushed.
    package func killNow() async throws {
        signal(SIGKILL)
        try await waitForExit()
    }

    /// The exit, if the process has ended; reaps it.
    private func poll() -> Exit? {
        exit.withLock { exit in
            if let exit { return exit }
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
            let signal = status & 0x7F
            exit = signal == 0 ? .code((status >> 8) & 0xFF) : .signal(signal)
            return exit
        }
    }
}

/// Calls `body` with a null-terminated array of C strings that live as long as the call.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    // SAFETY: the copies are freed after `body` returns and nothing keeps them.
    var pointers = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else {
            preconditionFailure("an array with an element has a base")
        }
        return body(base)
    }
}
