import GatewayCore
import Testing

@Suite("PROXY header")
struct ProxyProtocolParserTests {
    private func parse(_ bytes: [UInt8]) throws(ProxyProtocol.Fault) -> ProxyProtocol.Step {
        try ProxyProtocol.parse(bytes.span)
    }

    private func address(_ text: String) -> IPAddress { IPAddress(text) ?? .loopback }

    static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]

    static func binary(
        _ rest: [UInt8], command: UInt8 = 0x21, family: UInt8 = 0x11, length: Int? = nil
    ) -> [UInt8] {
        let count = length ?? rest.count
        return signature + [command, family, UInt8(count >> 8), UInt8(count & 0xFF)] + rest
    }

    static let v4: [UInt8] = [192, 0, 2, 7, 10, 0, 0, 1, 0x12, 0x34, 0x01, 0xBB]
    static let v6: [UInt8] =
        [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [7] + [UInt8](repeating: 0, count: 16)
        + [0, 1, 0, 2]

    @Test("both versions and both families name the source, and what follows is not theirs")
    func sources() throws {
        let lines: [(String, ProxyProtocol.Source)] = [
            ("PROXY TCP4 192.0.2.7 10.0.0.1 56324 443\r\n", .address(address("192.0.2.7"))),
            ("PROXY TCP6 2001:db8::7 ::1 0 65535\r\n", .address(address("2001:db8::7"))),
            ("PROXY UNKNOWN\r\n", .connection), ("PROXY UNKNOWN ff ff 1 2\r\n", .connection),
        ]
        for (line, source) in lines {
            #expect(
                try parse(Array((line + "GET / HTTP/1.1").utf8)) == .header(source, length: line.utf8.count))
        }
        let tlv: [UInt8] = [0x04, 0, 2, 1, 2, 0xEA, 0, 0]
        let binaries: [([UInt8], ProxyProtocol.Source)] = [
            (Self.binary(Self.v4), .address(address("192.0.2.7"))),
            (Self.binary(Self.v4 + tlv), .address(address("192.0.2.7"))),
            (Self.binary(Self.v6, command: 0x21, family: 0x21), .address(address("2001:db8::7"))),
            (Self.binary([], command: 0x20, family: 0x00), .connection),
            (Self.binary(Self.v4, command: 0x20, family: 0x11), .connection),
            (Self.binary([1, 2, 3], command: 0x21, family: 0x00), .connection),
            (Self.binary([UInt8](repeating: 0, count: 216), command: 0x21, family: 0x31), .connection),
        ]
        for (bytes, source) in binaries {
            #expect(try parse(bytes + [0x16, 3]) == .header(source, length: bytes.count))
        }
    }

    @Test("a header is waited for byte by byte, and each beginning of it asks for more")
    func increments() throws {
        for header in [
            Array("PROXY TCP4 192.0.2.7 10.0.0.1 56324 443\r\n".utf8), Self.binary(Self.v4 + [1, 0, 1, 9]),
        ] {
            for count in 0..<header.count { #expect(try parse(Array(header[..<count])) == .needsMore) }
            #expect(try parse(header) == .header(.address(address("192.0.2.7")), length: header.count))
        }
    }

    @Test(
        "a line that is not exactly one is refused",
        arguments: [
            ("GET / HTTP/1.1\r\n", ProxyProtocol.Fault.notProxyProtocol), ("PROXX", .notProxyProtocol),
            ("PROXY\r\n", .notProxyProtocol), ("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n", .notProxyProtocol),
            ("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\r", .notProxyProtocol),
            ("PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n", .badFamily), ("PROXY  TCP4 1.2.3.4\r\n", .badFamily),
            ("PROXY tcp4 1.2.3.4 5.6.7.8 1 2\r\n", .badFamily), ("PROXY TCP4\r\n", .badAddress),
            ("PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n", .badAddress), ("PROXY TCP4 ::1 ::1 1 2\r\n", .badAddress),
            ("PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n", .badAddress),
            ("PROXY TCP4 1.2.3 5.6.7.8 1 2\r\n", .badAddress),
            ("PROXY TCP4 01.2.3.4 5.6.7.8 1 2\r\n", .badAddress),
            ("PROXY TCP4 1.2.3.4 5.6.7.8 65536 2\r\n", .badAddress),
            ("PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n", .badAddress),
            ("PROXY TCP4 1.2.3.4 5.6.7.8 1 -2\r\n", .badAddress),
            ("PROXY TCP4 1.2.3.4 5.6.7.8 1 2 \r\n", .badAddress),
        ])
    func lines(_ line: String, _ fault: ProxyProtocol.Fault) {
        #expect(throws: fault) { try parse(Array(line.utf8)) }
    }

    @Test("a line of 107 bytes is the longest")
    func longestLine() throws {
        let line = "PROXY UNKNOWN " + String(repeating: "x", count: 91) + "\r\n"
        #expect(line.utf8.count == 107)
        #expect(try parse(Array(line.utf8)) == .header(.connection, length: 107))
        #expect(throws: ProxyProtocol.Fault.tooLong) { try parse(Array(("PROXY UNKNOWN x" + line).utf8)) }
    }

    @Test("a binary header that is not exactly one is refused")
    func binaries() {
        let cases: [([UInt8], ProxyProtocol.Fault)] = [
            ([13, 10, 13, 11], .notProxyProtocol), ([0x16, 3, 1], .notProxyProtocol),
            (Self.binary(Self.v4, command: 0x11, family: 0x11), .badVersion),
            (Self.binary(Self.v4, command: 0x31, family: 0x11), .badVersion),
            (Self.binary(Self.v4, command: 0x22, family: 0x11), .badCommand),
            (Self.binary(Self.v4, command: 0x21, family: 0x12), .badFamily),
            (Self.binary(Self.v4, command: 0x21, family: 0x41), .badFamily),
            (Self.binary(Array(Self.v4.dropLast()), command: 0x21, family: 0x11), .badAddress),
            (Self.binary(Self.v4, command: 0x21, family: 0x21), .badAddress),
            (Self.binary(Self.v4 + [1], command: 0x21, family: 0x11), .badTLV),
            (Self.binary(Self.v4 + [1, 0, 2, 9], command: 0x21, family: 0x11), .badTLV),
            (Self.binary([], length: 2_049), .tooLong), (Self.binary([], length: 65_535), .tooLong),
        ]
        for (bytes, fault) in cases { #expect(throws: fault) { try parse(bytes) } }
        let most = Self.v4 + [1, 0x07, 0xF1] + [UInt8](repeating: 0, count: 2_033)
        #expect(throws: Never.self) { try parse(Self.binary(most)) }
    }
}
