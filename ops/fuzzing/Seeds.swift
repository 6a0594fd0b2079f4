import Foundation

/// Writes what the fuzzers begin with: the rows of the framing corpora, a file each, below the folder given.
@main
enum Seeds {
    static func main() throws {
        let folder = URL(filePath: CommandLine.arguments[1])
        func write(_ seeds: [[UInt8]], to target: String) throws {
            let place = folder.appending(component: target)
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            for (index, seed) in seeds.enumerated() {
                try Data(seed).write(to: place.appending(component: "seed-\(index)"))
            }
        }
        let requests = FramingCase.all.map(\.bytes)
        try write(requests, to: "request-head")
        try write(requests.compactMap(afterHead), to: "chunk-decoder")
        let answers = AnswerCase.all.map(\.bytes)
        try write(answers, to: "response-head")
        try write(requests + answers, to: "field-values")
        let bodies = [
            #"{"email":"a@b.example","password":"\u00e9\ud83d\ude00","x":[1,-2.5e3,{"y":null}],"z":true}"#,
            "{}", "[]",
            "username=a%40b.example&password=a+b%C3%A9&grant_type=password", "a=&b", "&&", "%",
        ]
        try write(bodies.map { Array($0.utf8) }, to: "endpoint-input")
        try write(proxyHeaders, to: "proxy-protocol")
        try write(framesAndEvents, to: "frame-trackers")
        try write(requests.compactMap(asFields), to: "http2-head")
    }

    private static let proxyHeaders: [[UInt8]] =
        ["PROXY TCP4 192.0.2.1 192.0.2.2 1 65535\r\nGET", "PROXY TCP6 ::1 ::2 0 2\r\n", "PROXY UNKNOWN\r\n"]
        .map { Array($0.utf8) }
        + [
            signature + [0x21, 0x11, 0, 12, 192, 0, 2, 1, 192, 0, 2, 2, 0, 1, 0, 2],
            signature + [0x21, 0x21, 0, 39] + [UInt8](repeating: 1, count: 36) + [4, 0, 0],
            signature + [0x20, 0, 0, 0],
        ]
    private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]

    private static let framesAndEvents: [[UInt8]] = [
        [3, 0x81, 0x85, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x88, 0x02, 3, 0xE9],
        [1, 0x82, 126, 0, 3, 1, 2, 3, 0x89, 0], [0, 0x82, 127, 0, 0, 0, 0, 0, 0, 0, 1, 9],
        [5] + Array("data: a\n\ndata: b\r\n\r\n: c\r\rdata".utf8),
    ]

    /// The lines of a request as the fields of an HTTP/2 stream.
    private static func asFields(_ bytes: [UInt8]) -> [UInt8]? {
        let lines = bytes.split(separator: 13)
        guard let line = lines.first else { return nil }
        let words = line.split(separator: 32)
        guard words.count == 3 else { return nil }
        var fields: [UInt8] = [UInt8(lines.count & 1)]
        fields += Array(":method ".utf8) + words[0] + [0xFF] + Array(":path ".utf8) + words[1] + [0xFF]
        for field in [":scheme https", ":authority a"] { fields += Array(field.utf8) + [0xFF] }
        for line in lines.dropFirst() where line.count > 1 {
            let text = line.dropFirst()
            guard let colon = text.firstIndex(of: 58) else { continue }
            fields += text[..<colon].map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 } + [32]
            fields += text[(colon + 1)...].drop { $0 == 32 } + [0xFF]
        }
        return fields
    }

    /// What stands behind a head, with the byte in front that says where to cut.
    private static func afterHead(_ bytes: [UInt8]) -> [UInt8]? {
        guard let end = bytes.firstRange(of: [13, 10, 13, 10])?.upperBound, end < bytes.count else {
            return nil
        }
        return [UInt8(truncatingIfNeeded: end)] + bytes[end...]
    }
}
