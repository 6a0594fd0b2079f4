import Foundation
import Testing
import TestSupport

@testable import Fillgate

@Suite("fillgate serve")
struct ServeTests {
    @Test("pain 5: a worker starts without Redis, says so, and is ready once Redis is there")
    func startsWithoutRedis() async throws {
        let line = try await CommandLine.start()
        line.redis.kill9()
        let worker = try await RunningWorker(line)
        #expect(try await worker.ask("/health").status == 200)
        #expect(try await worker.ask("/health", port: worker.operations).status == 200)
        let inside = try await worker.ask("/ready", port: worker.operations)
        #expect(inside.status == 503)
        #expect(inside.object["problems"] as? [String] == ["redis cannot be reached"])
        let outside = try await worker.ask("/ready")
        #expect(outside.status == 503)
        #expect(!String(decoding: outside.body, as: UTF8.self).contains("redis"))

        try await line.redis.restart()
        try await eventually("the worker is ready") {
            try await worker.ask("/ready", port: worker.operations).status == 200
        }
        #expect(try await worker.ask("/ready").status == 200)
        #expect(try await worker.process.stop() == .code(0))
    }

    @Test("an upstream that a route names and that does not answer is named to operators")
    func upstreamIsNamed() async throws {
        let port = try LoopbackPort.free()
        let extra = """
            upstreams: { app: { addresses: [127.0.0.1:\(port)] }, unused: { addresses: [127.0.0.1:\(port)] } }
            routes: [{ path: /app/**, upstream: app }]
            """
        let worker = try await RunningWorker(try await CommandLine.start(extra: extra))
        try await eventually("only the upstream is missing") {
            let answer = try await worker.ask("/ready", port: worker.operations)
            return answer.status == 503
                && answer.object["problems"] as? [String] == [
                    "upstream app: 127.0.0.1:\(port) cannot be reached"
                ]
        }
    }

    @Test("the administrator of the environment is made once Redis is there, logs in, and follows the file")
    func administrator() async throws {
        let line = try await CommandLine.start()
        line.redis.kill9()
        let file = try line.folder.write(Data("\(CommandLine.password)\n".utf8), to: "password")
        let environment = ["FILLGATE_ADMIN_EMAIL": "root@example.com", "FILLGATE_ADMIN_PASSWORD_FILE": file]
        let first = try await RunningWorker(line, environment: environment)
        try await first.process.wait(forOutput: "the administrator waits for Redis")
        try await line.redis.restart()
        try await first.process.wait(forOutput: "administrator created")
        let answer = try await first.logIn("root@example.com")
        #expect(answer.status == 200)
        let token = try #require(answer.object["access_token"] as? String)
        let me = try await first.ask("/api/v1/auth/me", token: token)
        #expect(me.object["is_superuser"] as? Bool == true)
        #expect(try await first.process.stop() == .code(0))
        #expect(!first.process.output.contains(CommandLine.password))

        let second = try await RunningWorker(line, environment: environment)
        try await second.process.wait(forOutput: "administrator is as configured")
        #expect(try await second.ask("/api/v1/auth/me", token: token).status == 200)
        #expect(try await second.process.stop() == .code(0))

        try line.folder.write(Data("quite another password\n".utf8), to: "password")
        let third = try await RunningWorker(line, environment: environment)
        try await third.process.wait(forOutput: "administrator updated")
        #expect(try await third.ask("/api/v1/auth/me", token: token).status == 401)
        #expect(try await third.logIn("root@example.com", "quite another password").status == 200)
    }

    @Test("pain 16: what the commands change holds on every running worker at once")
    func commandsReachWorkers() async throws {
        let limits = "upstreams: {}\nlimits: [{ name: login, key: [ip], rate: 1000/s, burst: 1000 }]\n"
        let line = try await CommandLine.start(extra: limits)
        try await line.addUser("alice@example.com")
        let one = try await RunningWorker(line, directory: line.folder.file("one"))
        let two = try await RunningWorker(line, directory: line.folder.file("two"))
        for attempt in 0..<5 {
            let worker = attempt.isMultiple(of: 2) ? one : two
            #expect(try await worker.logIn("alice@example.com", "not the password").status == 401)
        }
        #expect(try await one.logIn("alice@example.com").status == 401)
        #expect(try await two.logIn("alice@example.com").status == 401)
        #expect(try await line.run("unlock", "alice@example.com").code == 0)
        let answer = try await two.logIn("alice@example.com")
        #expect(answer.status == 200)
        let token = try #require(answer.object["access_token"] as? String)
        #expect(try await one.ask("/api/v1/auth/me", token: token).status == 200)
        #expect(try await line.run("user", "disable", "alice@example.com").code == 0)
        #expect(try await one.ask("/api/v1/auth/me", token: token).status == 401)
        #expect(try await two.ask("/api/v1/auth/me", token: token).status == 401)
        #expect(try await one.logIn("alice@example.com").status == 401)
    }

    @Test("every worker serves the public keys of all of them")
    func keySets() async throws {
        let line = try await CommandLine.start()
        let one = try await RunningWorker(line, directory: line.folder.file("one"))
        let two = try await RunningWorker(line, directory: line.folder.file("two"))
        for worker in [one, two] {
            try await eventually("both keys are served") {
                let set = try await worker.ask("/.well-known/fillgate-jwks.json")
                return (set.object["keys"] as? [Any])?.count == 2
            }
        }
    }

    @Test("SIGINT ends a worker too, and SIGHUP does not")
    func signals() async throws {
        let worker = try await RunningWorker(try await CommandLine.start())
        worker.process.signal(SIGHUP)
        try await worker.process.wait(forOutput: "\"message\":\"reloaded\"")
        #expect(try await worker.ask("/health").status == 200)
        worker.process.signal(SIGINT)
        #expect(try await worker.process.waitForExit() == .code(0))
        #expect(worker.process.output.contains("\"message\":\"stopped\""))
    }

    @Test("a port that is taken, the operators' too, ends the start with exit 1 and its name")
    func takenPort() async throws {
        let line = try await CommandLine.start()
        let worker = try await RunningWorker(line)
        let listen = try await line.run("serve", "--listen", "127.0.0.1:\(worker.port)")
        #expect(listen.code == 1)
        #expect(listen.errors.contains("cannot listen on 127.0.0.1:\(worker.port)"))
        let operations = try await line.run(
            "serve", environment: ["FILLGATE_OPERATIONS_ADDRESS": "127.0.0.1:\(worker.operations)"])
        #expect(operations.code == 1)
        #expect(operations.errors.contains("cannot listen on 127.0.0.1:\(worker.operations)"))
    }

    @Test("a worker does not start on a configuration with faults, half an administrator, or an open key")
    func refusals() async throws {
        let line = try await CommandLine.start()
        let fault = try await line.run("serve", environment: ["FILLGATE_EVENT_LOOPS": "many"])
        #expect(fault.code == 1)
        let half = try await line.run("serve", environment: ["FILLGATE_ADMIN_EMAIL": "root@example.com"])
        #expect(half.code == 1)
        #expect(half.errors.contains("FILLGATE_ADMIN_PASSWORD_FILE"))
        _ = try SigningKeys(directory: line.folder.file("data"))
        #expect(chmod(line.folder.file("data/signing-key.ed25519"), 0o644) == 0)
        let open = try await line.run("serve")
        #expect(open.code == 1)
        #expect(open.errors.contains("0600"))
    }

    @Test("what is at work is written as JSON, one record a line, without the access log where it is off")
    func log() async throws {
        let line = try await CommandLine.start()
        let worker = try await RunningWorker(line, environment: ["FILLGATE_LOG_ACCESS": "false"])
        #expect(try await worker.ask("/health").status == 200)
        #expect(try await worker.process.stop() == .code(0))
        let lines = worker.process.output.split(separator: "\n")
        #expect(lines.count >= 4)
        for line in lines {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(object?["message"] != nil, "\(line)")
            #expect(object?["path"] == nil)
        }
    }
}
