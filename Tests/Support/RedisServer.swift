import Foundation
import Synchronization

/// A real `redis-server` of a test's own: in a temporary folder, on a Unix socket and a free port, with
/// `appendonly yes` and every write on disk before it is answered.
///
/// It can be killed, hung and restarted on the same data. Whatever is still running when the test process
/// ends is killed then, and its folder removed.
///
/// ```swift
/// let redis = try await RedisServer.start()
/// defer { redis.stop() }
/// let store = RedisStore(configuration: try RedisConfiguration(url: redis.url), …)
/// ```
package final class RedisServer: Sendable {
    /// The folder that holds the socket, the data and the log.
    package let folder: String
    /// The Unix socket.
    package let socketPath: String
    private let options: [String]
    private let kind: Kind
    private let pid = Mutex<pid_t?>(nil)
    private let chosenPort = Mutex(0)

    /// What the process is.
    package enum Kind: Sendable {
        case server
        /// A sentinel, with the lines of its configuration file.
        case sentinel([String])
    }

    /// What keeps a server from starting; the text holds the end of its log.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    /// The port on 127.0.0.1; the same after a restart.
    package var port: Int { chosenPort.withLock { $0 } }
    /// `unix:///…`, the form of the configuration.
    package var url: String { "unix://\(socketPath)" }
    /// `redis://127.0.0.1:…`.
    package var tcpURL: String { "redis://127.0.0.1:\(port)" }

    /// Starts a server and waits until it answers `PING`. `options` are further arguments, such as
    /// `["--requirepass", "x"]`; a server that wants a password is taken to be up when it says so.
    package static func start(
        _ kind: Kind = .server, options: [String] = []
    ) async throws -> RedisServer {
        let server = try RedisServer(kind, options: options)
        // Between looking for a free port and listening on it, somebody else may take it.
        for _ in 0..<4 {
            try server.choosePort()
            try server.launch()
            if try await server.answers() { return server }
        }
        try server.choosePort()
        try await server.restart()
        return server
    }

    private init(_ kind: Kind, options: [String]) throws {
        var template = Array("/tmp/fillgate-redis-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw Failure(description: "mkdtemp failed: \(errno)") }
        folder = String(cString: made)
        socketPath = folder + "/redis.sock"
        self.options = options
        self.kind = kind
        Leftovers.shared.add(self)
    }

    /// The process ID while the server runs.
    package var processID: Int32? { pid.withLock { $0 } }

    /// Starts the server again on its data, killing it first if it runs, and waits until it answers.
    package func restart() async throws {
        kill9()
        try launch()
        guard try await answers() else {
            throw Failure(description: "redis-server ended instead of answering:\n\(logTail)")
        }
    }

    private func choosePort() throws {
        let port = try FreePort.onLoopback()
        chosenPort.withLock { $0 = port }
    }

    /// Waits until the server answers; false if its process ends first.
    private func answers() async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            let answer = try? RedisWire(socketPath: socketPath).send(["PING"])
            if case .status("PONG") = answer { return true }
            if case .error(let text) = answer, text.hasPrefix("NOAUTH") { return true }
            if hasEnded { return false }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw Failure(description: "redis-server did not answer within 20 s:\n\(logTail)")
    }

    private var hasEnded: Bool {
        pid.withLock { pid in
            var status: Int32 = 0
            guard let running = pid, waitpid(running, &status, WNOHANG) == running else { return false }
            pid = nil
            return true
        }
    }

    /// Starts the process without waiting for it to answer, and has it take half a millisecond to load each
    /// key, so that it says `LOADING` for a while.
    package func launchLoadingSlowly() throws { try launch(further: ["--key-load-delay", "500"]) }

    /// Starts the process without waiting for it to answer.
    package func launch() throws { try launch(further: []) }

    private func launch(further: [String]) throws {
        unlink(socketPath)
        let place = [
            "--port", "\(port)", "--bind", "127.0.0.1", "--unixsocket", socketPath, "--dir", folder,
            "--logfile", folder + "/redis.log", "--daemonize", "no",
        ]
        let arguments: [String]
        switch kind {
        case .server:
            arguments =
                ["redis-server"] + place + [
                    "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--databases", "16",
                    "--enable-debug-command", "local",
                ] + options
        case .sentinel(let lines):
            // A sentinel writes what it learns into its file.
            let file = folder + "/sentinel.conf"
            if !FileManager.default.fileExists(atPath: file) {
                try lines.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
            }
            arguments = ["redis-server", file, "--sentinel"] + place + options
        }
        let started = try Spawn.start(arguments + further)
        pid.withLock { $0 = started }
    }

    /// Ends the process and removes the folder.
    package func stop() {
        kill9()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Hangs the process: connections stay open and nothing is answered.
    package func suspend() { signal(SIGSTOP) }
    /// Lets a hung process go on.
    package func resume() { signal(SIGCONT) }

    /// Sends one command over a connection of its own and answers the reply, so that a test can look at
    /// the data with eyes that are not ours. `password` is sent first where given.
    @discardableResult
    package func command(_ words: String..., password: String? = nil) throws -> RedisWire.Reply {
        let wire = try RedisWire(socketPath: socketPath)
        if let password { _ = try wire.send(["AUTH", password]) }
        return try wire.send(words)
    }

    private func signal(_ number: Int32) {
        pid.withLock { pid in
            if let pid { _ = kill(pid, number) }
        }
    }

    /// Ends the process at once, as a power cut would; its data stays. Does nothing if it does not run.
    package func kill9() {
        let ending = pid.withLock { pid in
            defer { pid = nil }
            return pid
        }
        guard let ending else { return }
        _ = kill(ending, SIGKILL)
        var status: Int32 = 0
        while waitpid(ending, &status, 0) == -1, errno == EINTR {}
    }

    private var logTail: String {
        let log = (try? String(contentsOfFile: folder + "/redis.log", encoding: .utf8)) ?? "(no log)"
        return String(log.suffix(2_000))
    }

    deinit {
        kill9()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Servers that must not outlive the test process.
    private final class Leftovers: Sendable {
        static let shared = Leftovers()
        private let servers = Mutex<[Weak]>([])

        private struct Weak: Sendable { weak let server: RedisServer? }

        private init() { atexit { Leftovers.shared.stopAll() } }

        func add(_ server: RedisServer) {
            servers.withLock { servers in
                servers.removeAll { $0.server == nil }
                servers.append(Weak(server: server))
            }
        }

        private func stopAll() {
            for server in servers.withLock({ $0.compactMap(\.server) }) { server.stop() }
        }
    }
}

/// A port of 127.0.0.1 that nobody listens on.
package enum FreePort {
    package static func onLoopback() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw RedisServer.Failure(description: "socket: \(errno)") }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard status == 0 else { throw RedisServer.Failure(description: "bind: \(errno)") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// Starts a program of `PATH` with this process's environment, without input, its output thrown away.
private enum Spawn {
    static func start(_ arguments: [String]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, flags) in [(0, O_RDONLY), (1, O_WRONLY), (2, O_WRONLY)] {
            posix_spawn_file_actions_addopen(&actions, Int32(descriptor), "/dev/null", flags, 0)
        }
        // A pipe or socket of some other test that lived on in a server would never come to its end.
        InheritedDescriptors.close(from: 3, in: &actions)
        // The threads that run tests block most signals, and a child inherits that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words = arguments.map { strdup($0) }
        words.append(nil)
        defer { words.forEach { free($0) } }
        var pid: pid_t = 0
        let status = posix_spawnp(&pid, arguments[0], &actions, &attributes, words, environ)
        guard status == 0 else {
            throw RedisServer.Failure(
                description: "\(arguments[0]) did not start: \(String(cString: strerror(status)))")
        }
        return pid
    }
}
