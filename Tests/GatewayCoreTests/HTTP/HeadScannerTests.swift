import GatewayCore
import Testing

@Suite("Head scanner")
struct HeadScannerTests {
    private static let head = "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n"

    @Test("a head that arrives in any two parts ends where it ends in one")
    func everySplit() throws {
        let bytes = Array((Self.head + "body").utf8)
        for cut in 0...bytes.count {
            var scanner = HeadScanner()
            let early = try scanner.scan(Array(bytes[..<cut]).span, firstLine: 100, headers: 100)
            let late = try scanner.scan(bytes.span, firstLine: 100, headers: 100)
            #expect((early ?? late) == Self.head.utf8.count, "cut at \(cut)")
        }
    }

    @Test("a head that arrives byte by byte ends with its empty line")
    func byteByByte() throws {
        let bytes = Array(Self.head.utf8)
        var scanner = HeadScanner()
        for count in 1..<bytes.count {
            #expect(try scanner.scan(Array(bytes[..<count]).span, firstLine: 100, headers: 100) == nil)
        }
        #expect(try scanner.scan(bytes.span, firstLine: 100, headers: 100) == bytes.count)
    }

    @Test("a first line at its bound passes and one byte more does not, whole or unfinished")
    func firstLineBound() throws {
        for isWhole in [true, false] {
            let rest = isWhole ? "\r\n\r\n" : ""
            func scan(_ length: Int) throws {
                var scanner = HeadScanner()
                let bytes = Array((String(repeating: "a", count: length) + rest).utf8)
                _ = try scanner.scan(bytes.span, firstLine: 64, headers: 64)
            }
            try scan(64)
            #expect(throws: HeadScanner.Fault.firstLineTooLong) { try scan(isWhole ? 65 : 66) }
        }
    }

    @Test("a header section at its bound passes and one byte more does not, whole or unfinished")
    func headerBound() throws {
        for isWhole in [true, false] {
            func scan(_ length: Int) throws {
                var scanner = HeadScanner()
                let line = "X: " + String(repeating: "a", count: length - 5) + "\r\n"
                let bytes = Array(("GET / HTTP/1.1\r\n" + line + (isWhole ? "\r\n" : "")).utf8)
                _ = try scanner.scan(bytes.span, firstLine: 64, headers: 200)
            }
            try scan(200)
            // An unfinished section may be the two bytes of its empty line longer.
            #expect(throws: HeadScanner.Fault.headersTooLarge) { try scan(isWhole ? 201 : 203) }
        }
    }

    @Test("a line that never ends is refused at its bound, not kept")
    func endless() throws {
        var scanner = HeadScanner()
        var bytes: [UInt8] = []
        #expect(throws: HeadScanner.Fault.firstLineTooLong) {
            for _ in 0..<100 {
                bytes.append(UInt8(ascii: "a"))
                _ = try scanner.scan(bytes.span, firstLine: 16, headers: 16)
            }
        }
        #expect(bytes.count <= 18)
    }

    @Test("a scanner that was reset begins anew")
    func reset() throws {
        let bytes = Array(Self.head.utf8)
        var scanner = HeadScanner()
        _ = try scanner.scan(bytes.span, firstLine: 100, headers: 100)
        scanner.reset()
        #expect(try scanner.scan(bytes.span, firstLine: 100, headers: 100) == bytes.count)
    }
}
