import AsyncHTTPClient
import Crypto
import Foundation
import NIOCore
import NIOHTTP1
import ServiceCore
import TestSupport

/// A gateway's key, the database and the running service of one test.
final class SchedulerFixture: Sendable {
    static let audience = "scheduler"

    let folder: TemporaryFolder
    let key = AssertionSigningKey(Curve25519.Signing.PrivateKey())
    private let options: [String]

    /// - Parameter options: What `serve` is given beyond address, database, keys and audience.
    init(_ options: [String] = []) throws {
        folder = try TemporaryFolder()
        self.options = options
        try publish([key])
    }

    var database: String { folder.file("schedules.sqlite") }

    /// Writes the key set that the service reads.
    func publish(_ keys: [AssertionSigningKey]) throws {
        try folder.write(JSONEncoder().encode(JSONWebKeySet(keys: keys.map(\.publicKey))), to: "keys.json")
    }

    /// Starts the real program and waits until it listens.
    ///
    /// - Parameter dyingAt: The step of a commit at which it dies (`FaultPoint`); nil if it is to live.
    func start(
        listen: String = "127.0.0.1:0", keys: String? = nil, dyingAt step: String? = nil,
        _ more: [String] = []
    ) async throws -> RunningScheduler {
        let process = try ServerProcess(
            ServerProcess.product("fillscheduler"),
            [
                "serve", "--listen", listen, "--database", database, "--trusted-keys",
                keys ?? folder.file("keys.json"), "--audience", Self.audience,
            ] + options + more, environment: step.map { ["FILLSCHEDULER_DIES_AT": $0] } ?? [:])
        try await process.wait(forOutput: "\"message\":\"listening\"")
        let line = process.output.split(separator: "\n").first { $0.contains("\"listening\"") } ?? ""
        let address = line.split(separator: "\"address\":\"").last?.prefix { $0 != "\"" } ?? ""
        return RunningScheduler(process: process, address: String(address), fixture: self)
    }

    /// The claims with which `user` asks now.
    static func claims(
        user: String = "anna", roles: [String] = ["user"], aud: String = audience, age: Int64 = 0,
        lifetime: Int64 = 60
    ) -> IdentityAssertion {
        let now = Int64(Date().timeIntervalSince1970)
        return IdentityAssertion(
            iss: "gateway-1", aud: aud, sub: user, email: "\(user)@example.com", roles: roles, sid: "s-1",
            iat: now - age, exp: now - age + lifetime, jti: "request-0001")
    }

    /// `count` lots of three types that fit the window.
    static func lots(_ count: Int) -> String {
        let lots = (0..<count).map { number in
            let vials = 20_000 + (number * 7919) % 400_000
            return #"{"lot_id":"L\#(number)","lot_type":"T\#(number % 3)","vials":\#(vials)}"#
        }
        return "[" + lots.joined(separator: ",") + "]"
    }

    static func submission(lots count: Int = 3, strategy: String = "lpt-pack", more: String = "") -> String {
        #"{"strategy":"\#(strategy)","lots_data":\#(lots(count))\#(more)}"#
    }

    /// Options under which a `search` ends in ten minutes at the earliest, if nobody ends it.
    static let patient = ["--time-limit", "600"]

    /// Lots whose best schedule `milp-opt` does not find.
    static var searchedLots: String {
        get throws {
            let csv = String(decoding: try Fixtures.bytes("lots_large.csv"), as: UTF8.self)
            let lots = csv.split(whereSeparator: \.isNewline).dropFirst().map { line in
                let cells = line.split(separator: ",")
                return #"{"lot_id":"\#(cells[0])","lot_type":"\#(cells[1])","vials":\#(cells[2])}"#
            }
            return "[" + lots.joined(separator: ",") + "]"
        }
    }

    /// A submission that is planned until its time is over.
    static var search: String {
        get throws { #"{"strategy":"milp-opt","lots_data":\#(try searchedLots)}"# }
    }
}

/// The service as a caller behind the gateway sees it.
struct RunningScheduler: Sendable {
    let process: ServerProcess
    let address: String
    /// Kept, because its folder with the database goes when nobody holds it.
    let fixture: SchedulerFixture

    struct Answer {
        var status: UInt
        var headers: HTTPHeaders
        var body: Data

        var text: String { String(decoding: body, as: UTF8.self) }

        /// The body as an object; empty if it is none.
        var json: [String: Any] { (try? JSONSerialization.jsonObject(with: body) as? [String: Any]) ?? [:] }
        var id: String { json["id"] as? String ?? "" }
        var code: String? { json["code"] as? String }
        /// The fields that a problem names.
        var fields: [String] {
            (json["errors"] as? [[String: Any]] ?? []).compactMap { $0["field"] as? String }
        }
    }

    /// Takes answers as they come: the shared one asks for compressed ones, unpacks them, and goes where it is sent.
    private static let client = HTTPClient(
        eventLoopGroupProvider: .singleton,
        configuration: .init(redirectConfiguration: .disallow, decompression: .disabled))

    /// Asks as `user`; with `assertion`, as it says and nothing else; without either, as nobody.
    func ask(
        _ method: HTTPMethod, _ path: String, as user: String? = "anna", roles: [String] = ["user"],
        assertion: String? = nil, headers: HTTPHeaders = [:], json: String? = nil, body: [UInt8]? = nil
    ) async throws -> Answer {
        let base =
            address.hasPrefix("unix:")
            ? "http+unix://" + address.dropFirst(5).replacing("/", with: "%2F") : "http://" + address
        var request = HTTPClientRequest(url: base + path)
        request.method = method
        request.headers = headers
        if let assertion {
            request.headers.add(name: IdentityAssertion.headerName, value: assertion)
        } else if let user {
            let token = try fixture.key.sign(SchedulerFixture.claims(user: user, roles: roles))
            request.headers.add(
                name: IdentityAssertion.headerName, value: String(decoding: token, as: UTF8.self))
        }
        if let json {
            request.headers.replaceOrAdd(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: json))
        } else if let body {
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let response = try await Self.client.execute(request, timeout: .seconds(60))
        let collected = try await response.body.collect(upTo: 64 << 20)
        return Answer(
            status: response.status.code, headers: response.headers, body: Data(collected.readableBytesView))
    }

    /// Submits and returns the ID.
    func submit(_ json: String = SchedulerFixture.submission(), as user: String = "anna") async throws
        -> String
    {
        let answer = try await ask(.POST, "/api/v1/schedule", as: user, json: json)
        guard answer.status == 202, !answer.id.isEmpty else {
            throw DeadlineExceeded("not accepted: \(answer.status) \(answer.text)")
        }
        return answer.id
    }

    /// Waits until the schedule is in a final state and returns it.
    func finished(_ id: String, as user: String = "anna", within deadline: Duration = .seconds(60))
        async throws -> Answer
    {
        try await reaches(id, ["completed", "failed", "cancelled"], as: user, within: deadline)
    }

    /// Waits until the schedule's status is one of `statuses`.
    func reaches(
        _ id: String, _ statuses: Set<String>, as user: String = "anna",
        within deadline: Duration = .seconds(60)
    ) async throws -> Answer {
        var last: Answer?
        try await process.wait(until: "schedule \(id) is \(statuses)", within: deadline) {
            let answer = try await ask(.GET, "/api/v1/schedule/\(id)", as: user)
            last = answer
            return statuses.contains(answer.json["status"] as? String ?? "")
        }
        guard let last else { throw DeadlineExceeded("no answer") }
        return last
    }
}

/// A form as a browser or a script sends it.
struct FormBody {
    static let boundary = "------------------------d74496d66958873e"
    static let headers: HTTPHeaders = ["Content-Type": "multipart/form-data; boundary=\(boundary)"]

    /// A form with `fields`; the one named `csv_file` is sent as a file.
    static func bytes(_ fields: KeyValuePairs<String, String>, boundary: String = boundary) -> [UInt8] {
        var text = ""
        for (name, value) in fields {
            text += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\""
            if name == "csv_file" { text += "; filename=\"lots.csv\"\r\nContent-Type: text/csv" }
            text += "\r\n\r\n\(value)\r\n"
        }
        return Array((text + "--\(boundary)--\r\n").utf8)
    }
}
