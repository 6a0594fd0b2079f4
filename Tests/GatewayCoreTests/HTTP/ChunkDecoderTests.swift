import GatewayCore
import Testing

@Suite("Chunk decoder")
struct ChunkDecoderTests {
    /// What came of feeding `pieces`: the content, the bytes behind the body, and whether it ended.
    private func decode(
        _ pieces: [[UInt8]], extensions: Int = 64, trailers: Int = 128
    ) throws(HeadFault) -> (content: [UInt8], rest: [UInt8], isOver: Bool) {
        var decoder = ChunkDecoder(extensionLimit: extensions, trailerLimit: trailers)
        var content: [UInt8] = []
        var rest: [UInt8] = []
        for piece in pieces {
            var left = piece
            feeding: while !decoder.isFinished {
                switch try decoder.next(left.span) {
                case .needsMore(let skip):
                    guard skip == left.count else { throw .badChunkSize }
                    left = []
                    break feeding
                case .content(let skip, let count):
                    content += left[skip..<(skip + count)]
                    left.removeFirst(skip + count)
                case .end(let skip):
                    left.removeFirst(skip)
                }
            }
            rest += left
        }
        return (content, rest, decoder.isFinished)
    }

    private func decode(
        _ text: String, extensions: Int = 64, trailers: Int = 128
    ) throws(HeadFault) -> (content: [UInt8], rest: [UInt8], isOver: Bool) {
        try decode([Array(text.utf8)], extensions: extensions, trailers: trailers)
    }

    private static let body = "5;name=value\r\nhello\r\nA\r\n, chunks!\n\r\n0\r\nX-Trailer: y\r\n\r\nGET /"

    @Test("a body is decoded, and what follows it is left alone")
    func plain() throws {
        let (content, rest, isOver) = try decode(Self.body)
        #expect(String(decoding: content, as: UTF8.self) == "hello, chunks!\n")
        #expect(String(decoding: rest, as: UTF8.self) == "GET /")
        #expect(isOver)
    }

    @Test("a body fed in any three parts, or byte by byte, decodes to the same")
    func everySplit() throws {
        let bytes = Array(Self.body.utf8)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]].map(Array.init)
                let (content, rest, isOver) = try decode(pieces)
                let isRight =
                    content.elementsEqual("hello, chunks!\n".utf8) && rest.elementsEqual("GET /".utf8)
                #expect(isRight && isOver, "cut at \(first) and \(second)")
            }
        }
        let single = try decode(bytes.map { [$0] })
        #expect(single.content.elementsEqual("hello, chunks!\n".utf8) && single.isOver)
    }

    @Test(
        "sizes are hexadecimal digits in either case, with leading zeros up to fifteen digits",
        arguments: [("1", 1), ("a", 10), ("A", 10), ("1F", 31), ("0001", 1), ("00000000000000a", 10)])
    func sizes(text: String, count: Int) throws {
        let body = String(repeating: "x", count: count)
        #expect(try decode("\(text)\r\n\(body)\r\n0\r\n\r\n").content.count == count)
    }

    @Test(
        "a body that two parsers could read in two ways is refused",
        arguments: [
            ("\r\n", HeadFault.badChunkSize), (" 1\r\nx\r\n", .badChunkSize), ("1 \r\nx\r\n", .badChunkSize),
            ("+1\r\nx\r\n", .badChunkSize), ("-1\r\nx\r\n", .badChunkSize), ("0x1\r\nx\r\n", .badChunkSize),
            ("1\nx\r\n", .bareLineFeed), ("1\rx\r\n", .bareCarriageReturn), ("1_0\r\n", .badChunkSize),
            ("g\r\n", .badChunkSize), ("1\r\nxy\r\n", .badChunkEnd), ("1\r\nx\n0\r\n\r\n", .badChunkEnd),
            ("1\r\nx\r0\r\n\r\n", .badChunkEnd), ("0000000000000001\r\nx\r\n", .badChunkSize),
            ("8000000000000000\r\n", .badChunkSize), ("fffffffffffffffff\r\n", .badChunkSize),
            ("1;a\nx\r\n", .bareLineFeed), ("1;a\u{0}\r\nx\r\n", .badChunkExtension),
            ("1;a\rb\r\n", .bareCarriageReturn), ("1;\r\nx\r\n", .badChunkExtension),
            ("1;;a\r\nx\r\n", .badChunkExtension), ("1; a\r\nx\r\n", .badChunkExtension),
            ("1;a=\r\nx\r\n", .badChunkExtension), ("1;=b\r\nx\r\n", .badChunkExtension),
            ("1;a=\"b\r\nx\r\n", .badChunkExtension), ("1;a=\"b\"c\r\nx\r\n", .badChunkExtension),
            ("1;a=b\"c\"\r\nx\r\n", .badChunkExtension), ("1;a=\"b\nc\"\r\nx\r\n", .bareLineFeed),
            ("0\r\nContent-Length: 5\r\n\r\n", .badTrailer),
            ("0\r\ntransfer-encodinG: chunked\r\n\r\n", .badTrailer), ("0\r\n: x\r\n\r\n", .badTrailer),
            ("0\r\n X: y\r\n\r\n", .badTrailer), ("0\r\nX: y\n\r\n", .badTrailer),
            ("0\r\nX: \u{0}\r\n\r\n", .badTrailer), ("0\r\nX: y\rz\r\n\r\n", .bareCarriageReturn),
            ("0\r\n\n", .badTrailer), ("0\r\n\rx", .bareCarriageReturn), ("0\n\n", .bareLineFeed),
            ("0\r\nX\r\n\r\n", .badTrailer), ("0\r\nX : y\r\n\r\n", .badTrailer),
        ])
    func ambiguous(text: String, fault: HeadFault) {
        #expect(throws: fault) { try decode(text) }
    }

    @Test(
        "extensions with values, quoted ones included, and trailers of any other name are passed over",
        arguments: [
            "1;a\r\nx\r\n0\r\n\r\n", "1;a=b;c=d\r\nx\r\n0;e\r\n\r\n",
            "1;a=\"b;c\\\"\\\\ \";d\r\nx\r\n0\r\n\r\n",
            "1;a=\"\"\r\nx\r\n0\r\n\r\n", "1\r\nx\r\n0\r\nContent-Length2: 5\r\nContent-Lengt: 5\r\n\r\n",
            "1\r\nx\r\n0\r\nA:\r\nB: \u{E9}\r\n\r\n",
        ])
    func passedOver(text: String) throws {
        let (content, rest, isOver) = try decode(text)
        #expect(content == [UInt8(ascii: "x")] && rest.isEmpty && isOver)
    }

    @Test("extensions at their bound pass, one byte more does not, and each chunk has its own bound")
    func extensionBound() throws {
        func body(_ count: Int) -> String {
            let text = ";" + String(repeating: "e", count: count - 1)
            return "1\(text)\r\nx\r\n1\(text)\r\ny\r\n0\(text)\r\n\r\n"
        }
        #expect(try decode(body(63), extensions: 64).isOver)
        #expect(throws: HeadFault.chunkExtensionTooLong) { try decode(body(66), extensions: 64) }
    }

    @Test("trailers at their bound pass, one byte more does not")
    func trailerBound() throws {
        func body(_ count: Int) -> String {
            "0\r\nX: " + String(repeating: "t", count: count - 4) + "\r\n\r\n"
        }
        #expect(try decode(body(128), trailers: 128).isOver)
        #expect(throws: HeadFault.trailersTooLarge) { try decode(body(129), trailers: 128) }
    }

    @Test("trailers that never end are refused at their bound")
    func endlessTrailers() {
        #expect(throws: HeadFault.trailersTooLarge) {
            try decode("0\r\n" + String(repeating: "A: b\r\n", count: 200))
        }
    }

    @Test("a body that stops is not over")
    func unfinished() throws {
        let whole = "5\r\nhello\r\n0\r\n\r\n"
        for count in 0..<whole.utf8.count {
            #expect(try !decode([Array(whole.utf8.prefix(count))]).isOver)
        }
    }
}
