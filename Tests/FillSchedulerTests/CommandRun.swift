import Foundation
import TestSupport

/// What `fillscheduler` did with its arguments.
struct CommandRun {
    var exitCode: Int32
    var output: String
    var errors: String

    /// Runs the program to its end.
    /// - Parameter input: what it finds on standard input; nothing if nil.
    init(_ arguments: String..., input: String? = nil) throws {
        let folder = try TemporaryFolder()
        // Files rather than pipes: a program that writes much never waits for us.
        func file(_ name: String, _ contents: String = "") throws -> FileHandle {
            let path = try folder.write(Data(contents.utf8), to: name)
            return try FileHandle(forUpdating: URL(filePath: path))
        }
        let process = Process()
        process.executableURL = URL(filePath: ServerProcess.product("fillscheduler"))
        process.arguments = arguments
        process.standardInput = try file("in", input ?? "")
        process.standardOutput = try file("out")
        process.standardError = try file("err")
        try process.run()
        process.waitUntilExit()
        exitCode = process.terminationStatus
        func text(_ name: String) throws -> String {
            String(decoding: try Data(contentsOf: URL(filePath: folder.file(name))), as: UTF8.self)
        }
        output = try text("out")
        errors = try text("err")
    }

    /// Standard output as JSON.
    func json<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(output.utf8))
    }

    var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
}
