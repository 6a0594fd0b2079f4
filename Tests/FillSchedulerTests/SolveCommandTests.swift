import Foundation
import SchedulingCore
import TestSupport
import Testing

@Suite("fillscheduler solve")
struct SolveCommandTests {
    private static let instance = "3\t2\t10\t7\n-4\t1\t2\n-3\t0\t1\n5\n4\n10\n"

    private struct Report: Decodable {
        var objective: Int64
        var bound: Int64
        var gap: Double
        var proven: Bool
        var seconds: Double
        var columns: Int
        var nodes: Int
    }

    @Test("an instance is solved and proven, and the result is one line of JSON")
    func solves() throws {
        let run = try CommandRun("solve", "-", input: Self.instance)
        #expect(run.exitCode == 0 && run.errors.isEmpty)
        #expect(run.output.hasSuffix("}\n") && run.output.split(separator: "\n").count == 1)
        let report: Report = try run.json()
        #expect(report.objective == 2 * 7 + 4 + 3 && report.bound == report.objective)
        #expect(report.proven && report.gap == 0 && report.seconds > 0)
        #expect(report.columns >= 0 && report.nodes >= 0)
    }

    @Test("a file with a fault is exit code 1 with its line, one that is not there too")
    func faults() throws {
        let run = try CommandRun("solve", "-", input: "3 2 10 7\n-4 1 2\n3 0 1\n5\n4\nx\n")
        #expect(run.exitCode == 1 && run.output.isEmpty)
        #expect(run.errorLines == ["standard input:6: weight: \"x\" is not a whole number of 64 bits"])
        let missing = try CommandRun("solve", "/nowhere/at/all")
        #expect(missing.exitCode == 1 && missing.errors.hasPrefix("/nowhere/at/all: cannot be read: "))
    }

    @Test("a limit of time and a seed out of range are wrong usage")
    func wrongUsage() throws {
        for option in ["--time-limit=0", "--time-limit=86401", "--seed=-1", "--seed=x"] {
            #expect(try CommandRun("solve", "-", option, input: Self.instance).exitCode == 2, "\(option)")
        }
    }

    @Test("SIGINT ends a long search with the best so far")
    func interrupted() async throws {
        // Items of random weights around a third of the capacity: nothing that is proven in a hurry.
        var state: UInt64 = 7
        var text = "400\t1\t1000003\t10\n-1\t5000\t400\n"
        for _ in 0..<400 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            text += "\(200_000 + (state >> 33) % 200_000)\n"
        }
        let folder = try TemporaryFolder()
        let process = Process()
        process.executableURL = URL(filePath: ServerProcess.product("fillscheduler"))
        process.arguments = [
            "solve", try folder.write(Data(text.utf8), to: "instance"), "--time-limit", "600",
        ]
        let output = try FileHandle(forUpdating: URL(filePath: folder.write(Data(), to: "out")))
        process.standardOutput = output
        try process.run()
        // The handler is installed within a moment of the start; until then the signal would end the process.
        try await eventually("it catches SIGINT") {
            let status = try String(
                contentsOf: URL(filePath: "/proc/\(process.processIdentifier)/status"), encoding: .utf8)
            let caught = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") } ?? "0"
            return (UInt64(caught.split(separator: "\t").last ?? "0", radix: 16) ?? 0) >> 1 & 1 == 1
        }
        process.interrupt()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0 && process.terminationReason == .exit)
        let line = try Data(contentsOf: URL(filePath: folder.file("out")))
        let report = try JSONDecoder().decode(Report.self, from: line)
        #expect(report.objective >= report.bound && report.bound > 0 && report.seconds < 300)
    }
}
