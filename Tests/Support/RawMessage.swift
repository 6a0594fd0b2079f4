/// A request or a response as it stood on the wire, read by a parser that is nobody's but the tests'.
package struct RawMessage: Sendable {
    /// The first line.
    package var line = ""
    package var fields: [(name: String, value: String)] = []
    package var body: [UInt8] = []
    /// The head's bytes, for what must be compared exactly.
    package var head: [UInt8] = []
    /// Statuses of interim responses that came before.
    package var interim: [Int] = []

    package init() {}

    /// The value of the first field of that name, in any case.
    package subscript(_ name: String) -> String? { all(name).first }

    package func all(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    package var status: Int { line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0 }
    package var method: String { line.split(separator: " ").first.map(String.init) ?? "" }
    package var target: String { line.split(separator: " ").dropFirst().first.map(String.init) ?? "" }
    package var text: String { String(decoding: body, as: UTF8.self) }

    /// Reads a head: lines that end with CRLF, up to an empty one.
    package init(headFrom socket: RawSocket) throws(RawSocket.Fault) {
        head = try socket.read(through: "\r\n\r\n")
        let text = String(decoding: head.dropLast(4), as: UTF8.self)
        var lines = text.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
        line = lines.removeFirst()
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else {
                throw .malformed("field without colon: \(line)")
            }
            let value = line[line.index(after: colon)...]
            fields.append((String(line[..<colon]), value.trimmingSpaces))
        }
    }

    /// Reads the body that the fields announce; `untilEnd` says what no announcement means.
    package mutating func readBody(from socket: RawSocket, untilEnd: Bool) throws(RawSocket.Fault) {
        let codings = all("Transfer-Encoding")
        let lengths = all("Content-Length")
        guard codings.count + lengths.count <= 1 else { throw .malformed("framed twice: \(fields)") }
        if let coding = codings.first {
            guard coding == "chunked" else { throw .malformed("coding \(coding)") }
            try readChunks(from: socket)
        } else if let text = lengths.first {
            guard let length = Int(text), length >= 0 else { throw .malformed("length \(text)") }
            body = try socket.read(length)
        } else if untilEnd {
            body = try socket.readToEnd()
        }
    }

    private mutating func readChunks(from socket: RawSocket) throws(RawSocket.Fault) {
        while true {
            let line = String(decoding: try socket.read(through: "\r\n").dropLast(2), as: UTF8.self)
            guard let size = Int(line, radix: 16), size >= 0 else { throw .malformed("chunk size \(line)") }
            body += try socket.read(size)
            guard try socket.read(2) == Array("\r\n".utf8) else { throw .malformed("chunk end") }
            if size == 0 { return }
        }
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}
