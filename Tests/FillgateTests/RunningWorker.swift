import Foundation
import TestSupport

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@testable import Fillgate

/// A running worker of the test's own.
final class RunningWorker: Sendable {
    /// Kept, because its Redis ends with it.
    private let line: CommandLine
    let process: ServerProcess
    let port: Int
    let operations: Int

    init(
        _ line: CommandLine, environment: [String: String] = [:], directory: String? = nil,
        arguments: [String] = ["--listen", "127.0.0.1:0"]
    ) async throws {
        self.line = line
        let arguments = ["serve", "--config", line.config] + arguments
        var environment = environment
        environment["FILLGATE_DATA_DIRECTORY"] = directory
        process = try ServerProcess(ServerProcess.product("fillgate"), arguments, environment: environment)
        try await process.wait(forOutput: "listening for operators")
        let records = Self.records(of: process)
        func port(_ message: String, _ key: String) -> Int? {
            let record = records.first { $0["message"] as? String == message }
            return (record?[key] as? String)?.split(separator: ":").last.flatMap { Int($0) }
        }
        guard let own = port("listening", "address"), let other = port("listening for operators", "port")
        else {
            throw DeadlineExceeded("no ports in:\n\(process.output)")
        }
        self.port = own
        operations = other
    }

    struct Answer: Sendable {
        var status: Int
        var body: Data
        var object: [String: Any] { (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] ?? [:] }
    }

    func ask(_ path: String, port: Int? = nil, form: String? = nil, token: String? = nil) async throws
        -> Answer
    {
        guard let url = URL(string: "http://127.0.0.1:\(port ?? self.port)\(path)") else {
            throw DeadlineExceeded("\(path) is no path")
        }
        var request = URLRequest(url: url, timeoutInterval: 10)
        if let form {
            request.httpMethod = "POST"
            request.httpBody = Data(form.utf8)
            request.setValue("application/x-www-form-urlencoded", forHTTPHeaderField: "Content-Type")
        }
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        let (body, response) = try await URLSession.shared.data(for: request)
        return Answer(status: (response as? HTTPURLResponse)?.statusCode ?? 0, body: body)
    }

    /// Sends a request with perhaps a body of JSON.
    func send(_ method: String, _ path: String, json: String? = nil, token: String) async throws -> Answer {
        guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else {
            throw DeadlineExceeded("\(path) is no path")
        }
        var request = URLRequest(url: url, timeoutInterval: 10)
        request.httpMethod = method
        request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
        if let json {
            request.httpBody = Data(json.utf8)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        let (body, response) = try await URLSession.shared.data(for: request)
        return Answer(status: (response as? HTTPURLResponse)?.statusCode ?? 0, body: body)
    }

    func logIn(_ email: String, _ password: String = CommandLine.password) async throws -> Answer {
        let encoded = password.replacing(" ", with: "+")
        return try await ask("/api/v1/auth/login", form: "username=\(email)&password=\(encoded)")
    }

    /// What it has logged: the records that are JSON.
    var records: [[String: Any]] { Self.records(of: process) }

    private static func records(of process: ServerProcess) -> [[String: Any]] {
        process.output.split(separator: "\n").compactMap { line in
            try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        }
    }

    func records(saying message: String) -> [[String: Any]] {
        records.filter { $0["message"] as? String == message }
    }

    /// Has it reload, and waits until it says how that went; answers what it says has changed, or nil where it
    /// refused.
    @discardableResult
    func reload() async throws -> String? {
        let messages = ["reloaded", "not reloaded: the old configuration stays"]
        func results() -> [[String: Any]] {
            records.filter { ($0["message"] as? String).map(messages.contains) ?? false }
        }
        let before = results().count
        process.signal(SIGHUP)
        try await process.wait(until: "a reload's result") { results().count > before }
        return results().last?["changed"] as? String
    }
}
