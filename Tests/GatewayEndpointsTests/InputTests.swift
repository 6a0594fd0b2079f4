import Foundation
import GatewayCore
import Testing

@testable import GatewayEndpoints

@Suite("Reading bodies")
struct InputTests {
    private func read(_ json: String) throws -> [String: String] {
        var texts: [String: String] = [:]
        for (name, value) in try JSONFieldReader(Array(json.utf8)).fields(named: ["a", "b"]) {
            guard case .text(let bytes) = value else { continue }
            texts[name] = bytes.withBytes { String(decoding: $0, as: UTF8.self) }
        }
        return texts
    }

    @Test(
        "fields of a JSON object are read, whatever surrounds them",
        arguments: [
            (#"{"a":"x"}"#, "x"), ("\t\n\r { \"a\" \n:\t\"x\" } ", "x"), (#"{"a":""}"#, ""),
            (#"{"z":{"a":"y"},"a":"x","y":[1,-2.5e+7,{"a":[]},true,false,null,"\u0041"]}"#, "x"),
            (#"{"a":"\"\\\/\b\f\n\r\t"}"#, "\"\\/\u{8}\u{C}\n\r\t"),
            (#"{"a":"\u00e9\u20AC"}"#, "\u{E9}\u{20AC}"),
            (#"{"a":"\uD83D\uDD11"}"#, "\u{1F511}"), (#"{"\u0061":"x"}"#, "x"),
            ("{\"a\":\"\u{E9}\u{1F511}\"}", "\u{E9}\u{1F511}"),
            (#"{"a":"\u0000"}"#, "\u{0}"),
        ])
    func reads(json: String, value: String) throws {
        let read = try #require(try read(json)["a"])
        #expect(Array(read.utf8) == Array(value.utf8))
    }

    @Test(
        "anything that is not one JSON object is refused",
        arguments: [
            "", " ", "{", "}", "[]", "\"a\"", "null", "{}{}", "{} x", "{\"a\"}", "{\"a\":}", "{a:\"x\"}",
            "{'a':'x'}",
            "{\"a\":\"x\",}", "{,\"a\":\"x\"}", "{\"a\":\"x\" \"b\":\"y\"}", "{\"a\":\"x}", "{\"a\":\"x\\\"}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\\u12\"}", "{\"a\":\"\\u12G4\"}", "{\"a\":\"\\uD83D\"}", "{\"a\":\"\\uD83Dx\"}",
            "{\"a\":\"\\uDD11\"}",
            "{\"a\":\"\\uD83D\\u0041\"}", "{\"a\":\"\n\"}", "{\"a\":\"\u{0}\"}", "{\"a\":tru}", "{\"a\":01}",
            "{\"a\":1.}",
            "{\"a\":.5}", "{\"a\":+1}", "{\"a\":1e}", "{\"a\":-}", "{\"a\":NaN}", "{\"a\":[1,]}",
            "{\"a\":[1}", "{\"a\":1 2}",
            "{\"a\":\"x\"}\u{0}", "\u{FEFF}{\"a\":\"x\"}", "{\"a\":\"\\", "{\"a\":\"\\u",
        ])
    func refuses(json: String) {
        #expect(throws: Refusal.self) { try read(json) }
    }

    @Test("values may nest 16 deep and no deeper")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            "{\"z\":" + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
        }
        #expect(try read(nested(16)).isEmpty)
        #expect(throws: Refusal.self) { try read(nested(17)) }
    }

    @Test("what the reader accepts, Foundation's parser accepts and reads alike")
    func differential() throws {
        var generator = Seeded(state: 20_261_121)
        let seeds = [
            #"{"a":"x\u00e9\n","b":"\uD83D\uDD11","c":[1,2.5e3,{"d":null}],"e":true}"#,
            #"{ "b" : "\"\\/" , "a":"", "f":{"a":"z"}, "g":-0.1 }"#,
        ].map { Array($0.utf8) }
        let alphabet =
            Array(#"{}[]",:\/ubnr0129eE+-.tfalsn xdD8"#.utf8) + [0x09, 0x0A, 0x00, 0xC3, 0xA9, 0xF0, 0x7F]
        var accepted = 0
        for round in 0..<20_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                let byte = alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = byte
                case 1: bytes.insert(byte, at: place)
                default: bytes.remove(at: place)
                }
            }
            guard let fields = try? JSONFieldReader(bytes).fields(named: ["a", "b"]) else { continue }
            accepted += 1
            let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
            let text = String(decoding: bytes, as: UTF8.self)
            let theirs = try #require(object, "only we accept \(text)")
            // Of a name that stands twice, either may be taken; the endpoints refuse it.
            guard Set(fields.map(\.0)).count == fields.count else { continue }
            for (name, value) in fields {
                guard case .text(let bytes) = value else {
                    #expect(!(theirs[name] is String), "\(text)")
                    continue
                }
                #expect(
                    bytes.withBytes { String(decoding: $0, as: UTF8.self) } == theirs[name] as? String,
                    "\(text)")
            }
        }
        #expect(accepted > 1_000)
    }

    @Test("a form is read with plus as space and percent as bytes; fields beyond 64 are refused")
    func form() throws {
        func read(_ form: String) throws -> [String] {
            try FormReader(Array(form.utf8)).fields(named: ["a"]).compactMap { _, value in
                guard case .text(let bytes) = value else { return nil }
                return bytes.withBytes { String(decoding: $0, as: UTF8.self) }
            }
        }
        #expect(try read("a=x") == ["x"])
        #expect(try read("b=1&a=x+y%2B%26%C3%a9&&c") == ["x y+&\u{E9}"])
        #expect(try read("a") == [""])
        #expect(try read("a==") == ["="])
        #expect(try read("%61=x&a=y") == ["x", "y"])
        #expect(try read("") == [])
        for bad in ["a=%", "a=%2", "a=%2G", "a=%C3%28", "%=a", "z=%ff"] {
            #expect(throws: Refusal.self) { try read(bad) }
        }
        let most = Array(repeating: "b=1", count: 63).joined(separator: "&")
        #expect(try read(most + "&a=x") == ["x"])
        #expect(throws: Refusal.self) { try read(most + "&b=2&a=x") }
    }

    @Test("a query's first value of a name is read")
    func query() {
        #expect(Query.value(of: "next", in: "a=1&next=%2Fx&next=%2Fy") == "/x")
        #expect(Query.value(of: "next", in: "") == nil)
        #expect(Query.value(of: "next", in: "next") == "")
        #expect(Query.value(of: "next", in: "nextt=1") == nil)
        #expect(Query.value(of: "next", in: "next=%") == nil)
    }
}

/// SplitMix64: the same steps in every run.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
