import Foundation
import Synchronization
import TestSupport

/// What `fillscheduler` wrote to a terminal as its standard error.
struct TerminalRun {
    var exitCode: Int32
    var output: String
    /// As the terminal got it, with its control sequences.
    var screen: String

    /// Runs the program to its end.
    init(_ arguments: String..., term: String = "xterm") throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Data(), to: "out")
        var primary: Int32 = -1
        var replica: Int32 = -1
        guard openpty(&primary, &replica, nil, nil, nil) == 0 else { throw NoTerminal() }
        // A process that another test starts must not keep the terminal open.
        for descriptor in [primary, replica] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        let process = Process()
        process.executableURL = URL(filePath: ServerProcess.product("fillscheduler"))
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["TERM": term]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forUpdating: URL(filePath: path))
        process.standardError = FileHandle(fileDescriptor: replica)
        // Read while it runs: a terminal that nobody reads makes the writer wait.
        let reader = Reader(primary)
        let reading = DispatchGroup()
        DispatchQueue.global().async(group: reading) { reader.run() }
        try process.run()
        process.waitUntilExit()
        close(replica)
        reading.wait()
        close(primary)
        exitCode = process.terminationStatus
        output = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        screen = reader.text
    }

    struct NoTerminal: Error {}

    /// Reads a terminal's other end until nobody has it open any more.
    private final class Reader: Sendable {
        private let bytes = Mutex<[UInt8]>([])
        private let descriptor: Int32

        var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }

        init(_ descriptor: Int32) { self.descriptor = descriptor }

        func run() {
            var buffer = [UInt8](repeating: 0, count: 4_096)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                guard count > 0 else { return }
                bytes.withLock { $0 += buffer[..<count] }
            }
        }
    }
}
