import Foundation
import GatewayCore
import Logging
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import Fillgate

@Suite("The service manager")
struct SystemdTests {
    // MARK: Telling it

    @Test("messages are the assignments that sd_notify knows, and a status cannot add to them")
    func messages() {
        #expect(NotifyMessage.ready("serving a").text == "READY=1\nSTATUS=serving a")
        #expect(NotifyMessage.ready("a\nSTOPPING=1").text == "READY=1\nSTATUS=a STOPPING=1")
        #expect(
            NotifyMessage.reloading(at: 12_345_678).text
                == "RELOADING=1\nMONOTONIC_USEC=12345\nSTATUS=reloading")
        #expect(
            NotifyMessage.stopping(within: .seconds(40)).text
                == "STOPPING=1\nEXTEND_TIMEOUT_USEC=40000000\nSTATUS=draining")
        #expect(NotifyMessage.alive.text == "WATCHDOG=1")
    }

    @Test("a socket is named by its path or, after @, in the abstract, and by nothing else")
    func addresses() {
        #expect(Notifier.Address("/run/notify")?.path == Array("/run/notify".utf8))
        #expect(Notifier.Address("@abc")?.path == [0] + Array("abc".utf8))
        for text in ["", "@", "/", "run/notify", "vsock:2:1"] { #expect(Notifier.Address(text) == nil) }
        let longest = "/" + String(repeating: "a", count: Notifier.Address.longest - 2)
        #expect(Notifier.Address(longest) != nil)
        #expect(Notifier.Address(longest + "a") == nil)
    }

    @Test("a message arrives at a socket with a path and at an abstract one", arguments: [false, true])
    func arrives(isAbstract: Bool) throws {
        let folder = try TemporaryFolder()
        let receiver = try DatagramReceiver(isAbstract ? "@\(folder.path)" : folder.file("notify"))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let notifier = Notifier(environment: ["NOTIFY_SOCKET": receiver.name], logger: logger)
        notifier.tell(.ready("here"))
        #expect(receiver.receive() == "READY=1\nSTATUS=here")
    }

    // MARK: Sockets that it passes on

    private func announced(_ variables: [String: String]) throws(CommandFailure) -> [String] {
        try InheritedSockets.announced(variables, 42).map { "\($0.descriptor) \($0.name)" }
    }

    @Test("descriptors from 3 on are ours where the process ID is ours")
    func announcement() throws {
        #expect(try announced([:]) == [])
        #expect(try announced(["LISTEN_FDS": "1"]) == [])
        #expect(try announced(["LISTEN_FDS": "1", "LISTEN_PID": "41"]) == [])
        #expect(try announced(["LISTEN_FDS": "0", "LISTEN_PID": "42"]) == [])
        #expect(try announced(["LISTEN_FDS": "2", "LISTEN_PID": "42"]) == ["3 unknown", "4 unknown"])
        let named = ["LISTEN_FDS": "3", "LISTEN_PID": "42", "LISTEN_FDNAMES": "web:api"]
        #expect(try announced(named) == ["3 web", "4 api", "5 unknown"])
        #expect(try announced(["LISTEN_FDS": "256", "LISTEN_PID": "42"]).count == 256)
        for count in ["257", "-1", "two", ""] {
            #expect(throws: CommandFailure.self) {
                try announced(["LISTEN_FDS": count, "LISTEN_PID": "42"])
            }
        }
    }

    private func socket(_ descriptor: CInt, _ name: String, _ address: UpstreamSettings.Address?)
        -> InheritedSockets.Socket
    {
        InheritedSockets.Socket(descriptor: descriptor, name: name, address: address)
    }

    private func listen(_ host: String, _ port: Int, name: String? = nil) -> ListenSettings {
        ListenSettings(address: .host(host, port: port), name: name)
    }

    @Test("a socket is matched by its address first, however that is written, and by its name next")
    func matching() throws {
        let sockets = InheritedSockets(all: [
            socket(3, "b", .host("127.0.0.1", port: 80)), socket(4, "a", .host("::1", port: 81)),
            socket(5, "c", .unixSocket(path: "/run/a")), socket(6, "d", .host("0.0.0.0", port: 82)),
        ])
        let matches = try sockets.matched(to: [
            listen("0:0:0:0:0:0:0:1", 81, name: "b"), listen("localhost", 80),
            ListenSettings(address: .unixSocket(path: "/run/a")), listen("127.0.0.1", 0, name: "d"),
            listen("127.0.0.1", 83),
        ])
        #expect(matches.mapValues(\.descriptor) == [0: 4, 1: 3, 2: 5, 3: 6])
    }

    @Test("sockets that no entry stands for are refused by number, name and address")
    func unmatched() throws {
        let sockets = InheritedSockets(all: [
            socket(3, "web", .host("127.0.0.1", port: 80)), socket(4, "other", .host("127.0.0.1", port: 81)),
        ])
        let failure = #expect(throws: CommandFailure.self) {
            try sockets.matched(to: [listen("127.0.0.1", 80)])
        }
        #expect(failure?.message.contains("descriptor 4, named 'other', at 127.0.0.1:81") == true)
        #expect(failure?.message.contains("descriptor 3") == false)
    }

    @Test("a descriptor that is no listening socket is refused")
    func notListening() throws {
        // Descriptor 3 of a test runner may be anything; a shell gives the program one that is a file.
        let failure = #expect(throws: CommandFailure.self) {
            try InheritedSockets(
                environment: ["LISTEN_FDS": "256", "LISTEN_PID": "42"], processID: 42)
        }
        #expect(failure?.message.hasPrefix("LISTEN_FDS: descriptor ") == true)
    }

    // MARK: Its watchdog

    @Test("a process is watched where it is the one that is meant")
    func watched() {
        func interval(_ variables: [String: String]) -> Duration? {
            Watchdog(environment: variables, processID: 42)?.interval
        }
        #expect(interval(["WATCHDOG_USEC": "2000000"]) == .seconds(2))
        #expect(interval(["WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "42"]) == .seconds(2))
        #expect(interval(["WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "41"]) == nil)
        #expect(interval([:]) == nil)
        #expect(interval(["WATCHDOG_USEC": "0"]) == nil)
    }

    @Test("a loop that hangs is told from one that answers")
    func pulse() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let loops = Array(group.makeIterator())
        let release = DispatchSemaphore(value: 0)
        loops[1].execute { release.wait() }
        let pulse = Watchdog.Pulse(loops)
        pulse.ask()
        try await eventually("the first answers") { pulse.silent == [1] }
        release.signal()
        try await eventually("the second answers") { pulse.silent.isEmpty }
        try await group.shutdownGracefully()
    }
}

/// A socket that a service manager would read.
private final class DatagramReceiver: Sendable {
    /// As `NOTIFY_SOCKET` has it.
    let name: String
    private let descriptor: Int32

    init(_ name: String) throws {
        self.name = name
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw POSIXFailure("socket", errno) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var path = Array(name.utf8)
        if path.first == UInt8(ascii: "@") { path[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        // SAFETY: a `sockaddr_un` is a `sockaddr` to the call, which gets the length that is filled.
        let isBound = withUnsafePointer(to: &address) { [descriptor] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) == 0 }
        }
        guard isBound else { throw POSIXFailure("bind", errno) }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func receive() -> String {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
