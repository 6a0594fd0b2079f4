import GatewayCore
import Testing

@Suite("Framing")
struct FramingFieldsTests {
    private func framing(_ fields: [String], version: String = "1.1") throws(Refusal) -> BodyFraming {
        try ReadRequest(
            "POST / HTTP/\(version)\r\nHost: a\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
        ).head.framing
    }

    @Test("a length, chunks or neither say where a request's body ends")
    func accepted() throws {
        #expect(try framing([]) == .none)
        #expect(try framing(["Content-Length: 0"]) == .length(0))
        #expect(try framing(["Content-Length: 007"]) == .length(7))
        #expect(try framing(["Content-Length: 999999999999999999"]) == .length(999_999_999_999_999_999))
        #expect(try framing(["Transfer-Encoding: chunked"]) == .chunked)
        #expect(try framing(["transfer-encoding:  CHUNKED  "]) == .chunked)
    }

    @Test(
        "a length that is not one plain number is refused",
        arguments: [
            "", "+1", "-1", "1 2", "1,1", "1, 1", "0x10", "1e3", "1.0", "\u{661}", "9999999999999999999",
            "1\t2", "\t1", "1\t", "1 \t ",
            "\"1\"", "1;", "0000000000000000001",
        ])
    func badLengths(value: String) {
        #expect(throws: Refusal.malformed(.badContentLength)) { try framing(["Content-Length: \(value)"]) }
    }

    @Test(
        "fields that contradict or repeat one another are refused even where they agree",
        arguments: [
            (["Content-Length: 1", "Content-Length: 1"], HeadFault.repeatedContentLength),
            (["Content-Length: 1", "content-length: 2"], .repeatedContentLength),
            (["Content-Length: 1", "Transfer-Encoding: chunked"], .lengthWithTransferEncoding),
            (["Transfer-Encoding: chunked", "Content-Length: 0"], .lengthWithTransferEncoding),
            (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], .badTransferEncoding),
            (["Transfer-Encoding: chunked, chunked"], .badTransferEncoding),
            (["Transfer-Encoding:"], .badTransferEncoding),
            (["Transfer-Encoding: chunked,"], .badTransferEncoding),
            (["Transfer-Encoding: , chunked"], .badTransferEncoding),
            (["Transfer-Encoding: \u{B}chunked"], .controlCharacter),
            (["Transfer-Encoding: chunked;q=1"], .badTransferEncoding),
            (["Transfer-Encoding: \"chunked\""], .badTransferEncoding),
            (["Transfer-Encoding: chun ked"], .badTransferEncoding),
        ])
    func contradictions(fields: [String], fault: HeadFault) {
        #expect(throws: Refusal.malformed(fault)) { try framing(fields) }
    }

    @Test(
        "a transfer coding that is not ours is 501",
        arguments: ["gzip", "identity", "gzip, chunked", "chunked, gzip", "xchunked", "chunkedx"])
    func unknownCodings(value: String) {
        #expect(throws: Refusal.unsupportedTransferCoding) { try framing(["Transfer-Encoding: \(value)"]) }
    }

    @Test("HTTP/1.0 has no transfer codings")
    func oldVersion() {
        #expect(throws: Refusal.malformed(.transferEncodingInHTTP10)) {
            try framing(["Transfer-Encoding: chunked"], version: "1.0")
        }
    }

    @Test("framing fields spelled with an underscore frame nothing and do not go on")
    func underscores() throws {
        for field in ["Content_Length: 5", "Transfer_Encoding: chunked", "content_length: x"] {
            let request = try ReadRequest("POST / HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n")
            #expect(request.head.framing == .none)
            #expect(request.passing.isEmpty)
        }
    }
}
