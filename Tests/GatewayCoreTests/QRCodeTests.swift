import GatewayCore
import Testing

/// Held to what segno 1.6.6, an encoder that shares nothing with ours, makes of the same bytes with the same mask.
@Suite("QR codes")
struct QRCodeTests {
    /// A text of as many bytes as fit a version, the mask, and the SHA-256 of the modules that segno draws.
    struct Drawn: Sendable, CustomTestStringConvertible {
        var version: Int
        var bytes: Int
        var mask: Int
        var digest: String
        var testDescription: String { "version \(version)" }
    }

    static let drawn = [
        Drawn(
            version: 1, bytes: 14, mask: 4,
            digest: "e5b0a1573be3ef57e2f8e98512ab8ceaa6ee3363a3235579c22e20934d6d98ef"),
        Drawn(
            version: 2, bytes: 26, mask: 0,
            digest: "69a78b3d6e5c6083114d843733e78ef556df2438088fd4a39cecb69b0a598c00"),
        Drawn(
            version: 3, bytes: 42, mask: 7,
            digest: "95e7b07bc950be87fcbb3eb9d27be8fb66ad1af39693de2a221e8b0b510b0d86"),
        Drawn(
            version: 4, bytes: 62, mask: 3,
            digest: "68da413d85366a4e84856e6efdec6907f529493955bd4fcb78dca2e3121d3c11"),
        Drawn(
            version: 5, bytes: 84, mask: 4,
            digest: "49be4f3e694d71d506d953a8a666348a3892be9e1dfb2c0a150683c715fa01b7"),
        Drawn(
            version: 6, bytes: 106, mask: 3,
            digest: "77211c182786bc9f961ba61a08fbe7b22afe69984815c097f33198daf3aa0990"),
        Drawn(
            version: 7, bytes: 122, mask: 3,
            digest: "34cca5409250db34af791e51bcd777755cf30b1579f8b1475ef9cf2cf1c36bf0"),
        Drawn(
            version: 8, bytes: 152, mask: 7,
            digest: "6db8c01c351063087f8fa4418bb2e398cf1d808eaf27b474c4b99bbcaeac32a5"),
        Drawn(
            version: 9, bytes: 180, mask: 2,
            digest: "dd338154d64b52ab229d245a5b1299374a2e65ab6cd2e99ec41f20dada84bbfe"),
        Drawn(
            version: 10, bytes: 213, mask: 2,
            digest: "f89970f504146ab0a6503d10dbd0d10624dc712a2c1610b07d3ba32057c2a0f4"),
    ]

    private static let base = """
        otpauth://totp/Fillgate:alice%40example.com?secret=JBSWY3DPEHPK3PXP&issuer=Fillgate&algorithm=SHA1\
        &digits=6&period=30&
        """

    private static func text(_ bytes: Int) -> String {
        String(String(repeating: base, count: 4).prefix(bytes))
    }

    private static func rows(_ code: QRCode) -> [String] {
        (0..<code.size).map { y in
            String((0..<code.size).map { code.isDark($0, y) ? Character("#") : "." })
        }
    }

    @Test("a full code of each version is what another encoder draws", arguments: drawn)
    func matrices(_ drawn: Drawn) throws {
        let code = try #require(QRCode(Self.text(drawn.bytes), mask: drawn.mask))
        #expect(code.version == drawn.version)
        let rows = Self.rows(code).joined(separator: "\n")
        // A digest of a token is a SHA-256.
        #expect(SessionDigest(ofToken: Array(rows.utf8)).description == drawn.digest)
    }

    /// The last codeword is filler, which segno does not fill as the standard says; this is what qrcode 8 draws.
    @Test("a small one, module by module")
    func small() throws {
        let code = try #require(QRCode("HELLO world 1", mask: 2))
        #expect(
            Self.rows(code) == [
                "#######....##.#######", "#.....#..###..#.....#", "#.###.#.#.###.#.###.#",
                "#.###.#.###...#.###.#", "#.###.#.#.#.#.#.###.#", "#.....#.#.##..#.....#",
                "#######.#.#.#.#######", "........#............", "#.#####..#.#..#####..",
                "...#.#.###..#######..", "...####.#.#.###..###.", "...###..######..###..",
                ".###..####..###...#.#", "........##.#....##...", "#######...#.#.#...##.",
                "#.....#.##..##.#.###.", "#.###.#.###.#.##..###", "#.###.#.##...#####...",
                "#.###.#.###.#..#..#..", "#.....#..#..##..###..", "#######.##.##.#.#.##.",
            ])
    }

    @Test("one byte more takes the next version, and more than the last holds is refused")
    func capacities() {
        for drawn in Self.drawn.dropLast() {
            #expect(QRCode(Self.text(drawn.bytes))?.version == drawn.version)
            #expect(QRCode(Self.text(drawn.bytes + 1))?.version == drawn.version + 1)
        }
        #expect(QRCode.longest == 213)
        #expect(QRCode(Self.text(213)) != nil)
        #expect(QRCode(Self.text(214)) == nil)
        #expect(QRCode("") == nil)
    }

    @Test("the terminal's lines and the page's drawing show the same modules, within a light rim")
    func drawings() throws {
        let code = try #require(QRCode("HELLO world 1", mask: 2))
        let lines = code.lines(colours: false)
        #expect(lines.count == 15 && lines.allSatisfy { $0.count == 29 })
        #expect(lines[0].allSatisfy { $0 == " " })
        #expect(lines[2].hasPrefix("    █▀▀▀▀▀█"))
        #expect(code.lines(colours: true)[2].hasPrefix("\u{1B}[30;107m"))
        #expect(code.svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"174\" height=\"174\""))
        #expect(code.svg.contains("viewBox=\"0 0 29 29\""))
        #expect(code.svg.contains("M4 4h7v1h-7z"))
        #expect(!code.svg.contains("style") && !code.svg.contains("script"))
    }
}
