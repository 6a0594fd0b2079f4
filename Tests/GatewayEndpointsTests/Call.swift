import Foundation
import GatewayCore
import ServiceCore
import Testing

@testable import GatewayEndpoints

/// One request of a test.
struct Call: Sendable {
    var method = "POST"
    var target: String
    var type: String? = "application/json"
    var body = ""
    var token: String?
    var credential = Principal.Credential.bearer
    /// Known without asking the store, as from the pipeline's cache.
    var principal: Principal?
    var address = IPAddress("192.0.2.1")!
    var userAgent: String? = "tests/1"
    /// The value of the cookie that tells known devices.
    var deviceCookie: String?
    var isSecure = true
    var now = Call.clock()

    /// Whether the token is an API key.
    var showsKey: Bool { token?.hasPrefix(KeyToken.prefix) == true }

    /// Now, as the edge would read it.
    static func clock() -> Timestamp {
        Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }

    static func login(_ email: String, _ password: String, from address: IPAddress? = nil) -> Call {
        var call = Call(target: "/api/v1/auth/login", body: json(["email": email, "password": password]))
        if let address { call.address = address }
        return call
    }

    static func form(_ target: String, _ fields: KeyValuePairs<String, String>) -> Call {
        Call(target: target, type: "application/x-www-form-urlencoded", body: encoded(fields))
    }

    static func get(_ target: String, token: String? = nil) -> Call {
        Call(method: "GET", target: target, type: nil, token: token)
    }

    static func changePassword(from current: String, to new: String, token: String) -> Call {
        Call(
            method: "PUT", target: "/api/v1/auth/password",
            body: json(["current_password": current, "new_password": new]), token: token)
    }

    static func json(_ fields: [String: String]) -> String {
        String(decoding: (try? JSONEncoder().encode(fields)) ?? Data(), as: UTF8.self)
    }

    static func encoded(_ fields: KeyValuePairs<String, String>) -> String {
        var plain = CharacterSet.alphanumerics
        plain.formIntersection(CharacterSet(charactersIn: "\u{0}"..."\u{7F}"))
        return fields.map { name, value in
            "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: plain) ?? "")"
        }.joined(separator: "&")
    }

    func request(path: String, query: String) -> EndpointRequest {
        EndpointRequest(
            id: RequestID(unixMilliseconds: 1, random: (.random(in: 0 ... .max), .random(in: 0 ... .max))),
            method: method, path: path, query: query, contentType: type, accept: nil, userAgent: userAgent,
            body: Array(body.utf8), address: address, principal: nil, shownSession: nil,
            deviceCookie: deviceCookie, isSecure: isSecure, now: now)
    }
}

extension EndpointResponse {
    var text: String { String(decoding: body, as: UTF8.self) }

    func object() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
    }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// What makes the device known: the cookie's value.
    var deviceCookie: String? {
        for (name, value) in headers where name == "Set-Cookie" {
            let pair = value.split(separator: ";").first?.split(separator: "=", maxSplits: 1) ?? []
            if pair.count == 2, pair[0].hasSuffix("fillgate-device") { return String(pair[1]) }
        }
        return nil
    }

    /// Everything that a client sees but the request ID, which differs in every answer.
    func seen() throws -> String {
        var text = text
        if let range = text.range(of: "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}", options: .regularExpression) {
            text.replaceSubrange(range, with: "ID")
        }
        return "\(status) \(headers) \(text)"
    }

    /// The fields that an `invalid-input` problem names.
    func faultyFields() throws -> [String] {
        let errors = try #require(try object()["errors"] as? [[String: Any]])
        return errors.compactMap { $0["field"] as? String }
    }
}
