import GatewayCore
import Testing

@Suite("Trace context")
struct TraceContextTests {
    private static let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    private func continued(_ text: String, span: UInt64 = 0x1234) -> String? {
        let bytes = Array(text.utf8)
        guard let context = TraceContext(continuing: bytes.span, ByteRange(0, bytes.count), span: span) else {
            return nil
        }
        var written: [UInt8] = []
        context.write(to: &written)
        return String(decoding: written, as: UTF8.self)
    }

    @Test("a trace goes on under a span of ours, its flags kept")
    func continues() {
        #expect(continued(Self.good) == "00-0af7651916cd43dd8448eb211c80319c-0000000000001234-01")
        let unsampled = String(Self.good.dropLast(2)) + "00"
        #expect(continued(unsampled, span: .max) == "00-0af7651916cd43dd8448eb211c80319c-ffffffffffffffff-00")
    }

    @Test("what is not a traceparent of version 00 begins a new trace")
    func refuses() {
        let bad = [
            "", "00", Self.good + "0", String(Self.good.dropLast()), Self.good.uppercased(),
            Self.good.replacing("00-0", with: "01-0"), Self.good.replacing("-01", with: "_01"),
            Self.good.replacing("0af7651916cd43dd8448eb211c80319c", with: "00000000000000000000000000000000"),
            Self.good.replacing("b7ad6b7169203331", with: "0000000000000000"),
            Self.good.replacing("0af7", with: "0ag7"), Self.good.replacing("0af7", with: "0Af7"),
            Self.good.replacing("0af7", with: "0a 7"), "ff" + Self.good.dropFirst(2), Self.good + "-x",
        ]
        for text in bad { #expect(continued(text) == nil, "\(text)") }
    }
}
