import Foundation
import TestSupport
import Testing

@Suite("The tests' own Redis")
struct RedisServerTests {
    /// Otherwise a pipe or socket of another test, made before, stays open as long as the server runs.
    @Test("a server that a test starts inherits no descriptor")
    func inheritsNothing() async throws {
        let pipe = Pipe()
        let writing = pipe.fileHandleForWriting.fileDescriptor
        // Foundation marks its pipes to be closed in children; what the tests open is not always marked.
        #expect(fcntl(writing, F_SETFD, 0) == 0)
        let here = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(writing)")
        let redis = try await RedisServer.start()
        defer { redis.stop() }
        let pid = try #require(redis.processID)
        let inherited = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").filter {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\($0)")) == here
        }
        #expect(inherited.isEmpty)
    }
}
