import ServiceCore
import Testing

@Suite("Texts")
struct TextTests {
    @Test("what has a meaning in HTML is written so that it has none, everything else stays")
    func html() {
        #expect(
            HTMLText.escaped(#"<a href="x" title='y'>&amp;</a>"#)
                == "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;")
        #expect(HTMLText.escaped("Fläschchen 💉\r\n`=`") == "Fläschchen 💉\r\n`=`")
    }

    @Test("each byte is two hexadecimal digits")
    func hexadecimal() {
        #expect(Hexadecimal.text(of: [0x00, 0x0F, 0x10, 0xAB, 0xFF]) == "000f10abff")
        #expect(Hexadecimal.text(of: []).isEmpty)
    }
}
