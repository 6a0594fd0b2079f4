import GatewayCore
import Testing

/// Bytes arrive in pieces that a sender chooses; no choice may change what they mean.
@Suite("Arrival in pieces")
struct ArrivalTests {
    private enum Scan: Equatable {
        case end(Int)
        case unfinished
        case fault(HeadScanner.Fault)
    }

    private func scan(_ pieces: [[UInt8]], firstLine: Int, headers: Int) -> Scan {
        var scanner = HeadScanner()
        var bytes: [UInt8] = []
        for piece in pieces {
            bytes += piece
            do throws(HeadScanner.Fault) {
                if let end = try scanner.scan(bytes.span, firstLine: firstLine, headers: headers) {
                    return .end(end)
                }
            } catch { return .fault(error) }
        }
        return .unfinished
    }

    @Test("a head ends in the same place, or is refused for the same reason, however it arrives")
    func heads() {
        var grammar = MessageGrammar(seed: 73)
        var ended = 0
        for number in 0..<20_000 {
            let bytes = grammar.spoiled(grammar.request())
            let firstLine = grammar.one([16, 32, 8_192])
            let headers = grammar.one([8, 40, 64, 16_384])
            let whole = scan([bytes], firstLine: firstLine, headers: headers)
            if case .end = whole { ended += 1 }
            let pieces = number.isMultiple(of: 8) ? bytes.map { [$0] } : grammar.pieces(bytes)
            if scan(pieces, firstLine: firstLine, headers: headers) != whole {
                Issue.record("case \(number), \(firstLine), \(headers): \(pieces.map(Minimiser.literal))")
            }
        }
        #expect(ended > 4_000, "\(ended)")
    }

    @Test("a chunked body decodes to the same, or is refused for the same reason, however it arrives")
    func chunks() {
        var grammar = MessageGrammar(seed: 74)
        for number in 0..<20_000 {
            let bytes = grammar.spoiled(Array(grammar.chunks().utf8))
            let bound = grammar.one([2, 8, 256])
            let whole = ChunkReading([bytes], extensions: bound, trailers: bound)
            let pieces = number.isMultiple(of: 8) ? bytes.map { [$0] } : grammar.pieces(bytes)
            if ChunkReading(pieces, extensions: bound, trailers: bound) != whole {
                Issue.record("case \(number), \(bound): \(pieces.map(Minimiser.literal))")
            }
        }
    }

    @Test("what fails is made smaller as long as it fails")
    func minimiser() {
        let smallest = Minimiser.shrink(Array("GET / HTTP/1.1\r\nX: y\r\n\r\n".utf8)) {
            $0.contains(0x58) && $0.contains(0x79)
        }
        #expect(smallest == Array("Xy".utf8))
        #expect(Minimiser.literal([0x0D, 0x00, 0xE9]) == "\"\\r\\0é\"")
    }
}
