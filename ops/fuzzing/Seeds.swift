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
    }

    /// What stands behind a head, with the byte in front that says where to cut.
    private static func afterHead(_ bytes: [UInt8]) -> [UInt8]? {
        guard let end = bytes.firstRange(of: [13, 10, 13, 10])?.upperBound, end < bytes.count else {
            return nil
        }
        return [UInt8(truncatingIfNeeded: end)] + bytes[end...]
    }
}
