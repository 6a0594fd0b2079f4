/// A client that sends exactly the bytes that a test writes.
package struct RawClient: Sendable {
    package let socket: RawSocket

    package init(port: Int, receiveBuffer: Int? = nil, patience: Duration = .seconds(20)) throws {
        socket = try RawSocket(port: port, receiveBuffer: receiveBuffer, patience: patience)
    }

    package func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    package func send(_ bytes: [UInt8]) async throws {
        try await Blocking.run { [socket] in try socket.send(bytes) }
    }

    /// The next response that is not an interim one. `method` is the request's: an answer to HEAD has no
    /// body.
    package func response(to method: String = "GET") async throws -> RawMessage {
        try await Blocking.run { [socket] in
            var interim: [Int] = []
            while true {
                var message = try RawMessage(headFrom: socket)
                if (100..<200).contains(message.status) {
                    interim.append(message.status)
                    continue
                }
                message.interim = interim
                if method != "HEAD", message.status != 204, message.status != 304 {
                    try message.readBody(from: socket, untilEnd: true)
                }
                return message
            }
        }
    }

    /// Sends a request and reads its answer.
    package func exchange(_ request: String) async throws -> RawMessage {
        try await send(request)
        return try await response(to: String(request.prefix { $0 != " " }))
    }

    /// A request line, `Host`, further fields and a body with its length.
    package func request(
        _ method: String = "GET", _ path: String, _ fields: [String] = [], body: String? = nil
    ) async throws -> RawMessage {
        let lines =
            ["\(method) \(path) HTTP/1.1", "Host: gate.test"] + fields
            + (body.map { ["Content-Length: \($0.utf8.count)"] } ?? [])
        return try await exchange(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
    }

    /// Everything until the connection ends.
    package func rest(resetIsEnd: Bool = false) async throws -> [UInt8] {
        try await Blocking.run { [socket] in try socket.readToEnd(resetIsEnd: resetIsEnd) }
    }

    /// Whether the peer ends the connection without sending anything more.
    package func ends() async throws -> Bool { try await rest(resetIsEnd: true).isEmpty }

    package func close() { socket.close() }
}
