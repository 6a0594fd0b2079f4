/// A message taken off bytes that were recorded, by a reader that is strict and shares nothing with the
/// gateway's: what it cannot take is a fault of whoever wrote it.
struct WireMessage: Sendable {
    /// A fault of what stands on the wire.
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    /// The first line.
    var line = ""
    /// Header lines as they stand.
    var fields: [String] = []
    /// The body as it stands, chunk lines included, and what it says.
    var body: [UInt8] = []
    var content: [UInt8] = []

    /// Takes the message at the front of `bytes`; nil while it is not whole. `hasBody` is false for what the
    /// fields may describe and nobody sends.
    init?(takenFrom bytes: inout [UInt8], hasBody: (WireMessage) -> Bool = { _ in true }) throws(Fault) {
        guard let headEnd = Self.find([13, 10, 13, 10], in: bytes, from: 0) else { return nil }
        var rest = bytes.startIndex
        while rest < headEnd + 2 {
            guard let end = Self.find([13, 10], in: bytes, from: rest) else { return nil }
            let text = Self.text(bytes[rest..<end])
            guard !bytes[rest..<end].contains(where: { $0 == 13 || $0 == 10 || $0 == 0 }) else {
                throw Fault(description: "a line holds a line break or a NUL: \(text.debugDescription)")
            }
            if line.isEmpty { line = text } else { fields.append(text) }
            rest = end + 2
        }
        rest = headEnd + 4
        let codings = all("Transfer-Encoding")
        let lengths = all("Content-Length")
        guard codings.count + lengths.count <= 1 else { throw Fault(description: "framed twice: \(fields)") }
        guard codings.allSatisfy({ $0 == "chunked" }) else { throw Fault(description: "\(codings)") }
        if hasBody(self) {
            if !codings.isEmpty {
                guard let end = try takeChunks(bytes, from: rest) else { return nil }
                body = Array(bytes[rest..<end])
                rest = end
            } else if let length = lengths.first {
                guard let count = Int(length), String(count) == length else {
                    throw Fault(description: "a length of \(length)")
                }
                guard bytes.count - rest >= count else { return nil }
                body = Array(bytes[rest..<(rest + count)])
                content = body
                rest += count
            }
        }
        bytes.removeFirst(rest)
    }

    private mutating func takeChunks(_ bytes: [UInt8], from start: Int) throws(Fault) -> Int? {
        var rest = start
        while true {
            guard let end = Self.find([13, 10], in: bytes, from: rest) else { return nil }
            let text = Self.text(bytes[rest..<end])
            guard let size = Int(text, radix: 16), size >= 0, String(size, radix: 16) == text else {
                throw Fault(description: "a chunk size of \(text.debugDescription)")
            }
            rest = end + 2
            guard bytes.count >= rest + size + 2 else { return nil }
            content += bytes[rest..<(rest + size)]
            guard bytes[rest + size] == 13, bytes[rest + size + 1] == 10 else {
                throw Fault(description: "a chunk that does not end")
            }
            rest += size + 2
            if size == 0 { return rest }
        }
    }

    /// The values of the fields of that name.
    func all(_ name: String) -> [String] {
        fields.compactMap { field in
            guard let colon = field.firstIndex(of: ":"), field[..<colon].lowercased() == name.lowercased()
            else { return nil }
            return String(field[field.index(after: colon)...].drop { $0 == " " })
        }
    }

    var status: Int { Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0 }
    var target: String { String(line.split(separator: " ").dropFirst().first ?? "") }

    /// Bytes as text, each for itself.
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    private static func find(_ mark: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        var index = start
        while index + mark.count <= bytes.count {
            if bytes[index] == mark[0], bytes[index..<(index + mark.count)].elementsEqual(mark) {
                return index
            }
            index += 1
        }
        return nil
    }
}
