import SchedulingCore
import Testing

@Suite("JSON texts")
struct JSONValueTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONValue(parsing: text.utf8) }

    @Test("every kind of value is read, numbers as they were written")
    func kinds() throws {
        let value = try parse(#" {"a": [null, true, false, -0.50e+1], "b": {"c": "x"}, "": []} "#)
        #expect(
            value["a"] == .array([.null, .bool(true), .bool(false), .number(DecimalLiteral("-0.50e+1"))]))
        #expect(value["b"]?["c"] == .string("x"))
        #expect(value[""] == .array([]))
        #expect(value["d"] == nil)
    }

    @Test("escapes are read, those of surrogate pairs too")
    func escapes() throws {
        #expect(try parse(#""\"\\\/\b\f\n\r\té😀""#) == .string("\"\\/\u{8}\u{C}\n\r\té😀"))
    }

    @Test(
        "what RFC 8259 does not allow is refused",
        arguments: [
            "", " ", "[1,]", "{\"a\":1,}", "{a:1}", "'a'", "01", "1.", ".5", "+1", "-", "1e", "NaN", "tru",
            "[1 2]",
            "{\"a\" 1}", "\"a", "\"\u{1}\"", #""\x""#, #""\u12""#, #""\ud800""#, #""\ud800A""#, #""\udc00""#,
            "[]]", "{} {}", "[", "{\"a\":", "\u{FEFF}[]", "nul",
        ])
    func malformed(text: String) {
        #expect(throws: InputFaults.self) { try parse(text) }
    }

    @Test("a fault has the line where it is, a repeated key its name")
    func places() {
        #expect(throws: InputFaults(line: 3, "not valid JSON: a comma or ] is expected")) {
            try parse("[1,\n2\n3]")
        }
        #expect(throws: InputFaults(line: 2, "not valid JSON: the key \"a\" is repeated")) {
            try parse("{\"a\": 1,\n\"a\": 2}")
        }
        #expect(throws: InputFaults("the text is not UTF-8")) {
            try JSONValue(parsing: [0x22, 0xFF, 0x22] as [UInt8])
        }
    }

    @Test("32 levels of nesting are read and 33 are refused, however many brackets follow")
    func depth() throws {
        func nested(_ levels: Int) -> String {
            String(repeating: "[", count: levels) + "0" + String(repeating: "]", count: levels)
        }
        _ = try parse(nested(32))
        #expect(throws: InputFaults.self) { try parse(nested(33)) }
        #expect(throws: InputFaults.self) { try parse(String(repeating: "[", count: 1_000_000)) }
    }
}

@Suite("Numbers as written")
struct DecimalLiteralTests {
    @Test(
        "values are exact in the wanted unit",
        arguments: [
            ("1.5", 2, 150), ("-0.0001", 4, -1), ("1e3", 0, 1_000), ("100000.0", 0, 100_000),
            ("12.5E-1", 2, 125),
            ("0e99999", 0, 0), ("999999999999999", 0, 999_999_999_999_999), ("10.50e1", 0, 105),
        ])
    func exact(text: String, places: Int, value: Int64) throws {
        #expect(try DecimalLiteral(text).value(places: places) == value)
    }

    @Test("what has no exact value in the unit says why")
    func mismatches() {
        #expect(throws: DecimalLiteral.Mismatch.tooFine) { try DecimalLiteral("0.00001").value(places: 4) }
        #expect(throws: DecimalLiteral.Mismatch.tooFine) { try DecimalLiteral("1e-99999").value(places: 4) }
        #expect(throws: DecimalLiteral.Mismatch.tooLarge) {
            try DecimalLiteral("1000000000000000").value(places: 0)
        }
        #expect(throws: DecimalLiteral.Mismatch.tooLarge) { try DecimalLiteral("1e99999").value(places: 0) }
        #expect(throws: DecimalLiteral.Mismatch.notANumber) { try DecimalLiteral("1 0").value(places: 0) }
    }
}
