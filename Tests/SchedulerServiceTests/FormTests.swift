import SchedulingCore
import TestSupport
import Testing

@testable import SchedulerService

@Suite("Forms, media types and tags")
struct FormTests {
    private func form(_ text: String, boundary: String = "b") throws(InputFaults) -> [String: String] {
        let form = try MultipartForm(Array(text.utf8), boundary: boundary)
        return Dictionary(
            uniqueKeysWithValues: form.fields.map { ($0.name, String(decoding: $0.bytes, as: UTF8.self)) })
    }

    private func part(_ name: String, _ value: String) -> String {
        "Content-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
    }

    @Test("preamble, epilogue, padding and line breaks inside a value are what RFC 2046 says they are")
    func grammar() throws {
        let text =
            "preamble\r\n--b \t\r\n\(part("a", "1\r\n--not the boundary\r\n"))--b\r\n\(part("c", ""))--b--\r\nepilogue"
        #expect(try form(text) == ["a": "1\r\n--not the boundary\r\n", "c": ""])
        #expect(try form("--b--") == [:])
    }

    @Test("header names in any case, names in quotes with escapes, and further headers are read")
    func heads() throws {
        let text =
            "--b\r\nX-Other: 1\r\ncontent-DISPOSITION: Form-Data; filename=\"x\"; name=\"a\\\"b\"\r\n\r\nv\r\n--b--"
        #expect(try form(text) == ["a\"b": "v"])
    }

    @Test(
        "what departs from the grammar is one fault",
        arguments: [
            "", "--", "--b", "--b\r\n", "--c--", "--b x\r\n", "--b\r\nno blank line\r\n--b--",
            "--b\r\n\r\nno name\r\n--b--",
            "--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nv\r\n--b--",
            "--b\r\nContent-Disposition: form-data\r\n\r\nv\r\n--b--",
            "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nv",
        ])
    func faults(text: String) {
        #expect(throws: InputFaults.self) { try form(text) }
    }

    @Test("sixteen fields are read and a seventeenth is refused")
    func fieldLimit() throws {
        func fields(_ count: Int) -> String {
            (0..<count).map { "--b\r\n" + part("f\($0)", "v") }.joined() + "--b--"
        }
        #expect(try form(fields(MultipartForm.fieldLimit)).count == 16)
        #expect(throws: InputFaults.self) { try form(fields(MultipartForm.fieldLimit + 1)) }
    }

    @Test("a field's head and the boundary have their limits on both sides")
    func lengthLimits() throws {
        func head(_ length: Int) -> String {
            let start = "Content-Disposition: form-data; name=\"a\"\r\nX: "
            let filler = String(repeating: "x", count: length - start.utf8.count)
            return "--b\r\n\(start)\(filler)\r\n\r\nv\r\n--b--"
        }
        #expect(try form(head(MultipartForm.headLimit)) == ["a": "v"])
        #expect(throws: InputFaults.self) { try form(head(MultipartForm.headLimit + 1)) }
        for (length, isAccepted) in [(0, false), (1, true), (70, true), (71, false)] {
            let boundary = String(repeating: "b", count: length)
            let text = "--\(boundary)\r\n\(part("a", "v"))--\(boundary)--"
            #expect(((try? form(text, boundary: boundary)) != nil) == isAccepted)
        }
    }

    @Test("a media type is read without regard to case, space and the order of its parameters")
    func mediaTypes() throws {
        let type = try #require(MediaType("  Multipart/Form-Data ; Charset=utf-8;boundary=\"a;\\\"b\" ; x"))
        #expect(type.name == "multipart/form-data")
        #expect(type.parameters == ["charset": "utf-8", "boundary": "a;\"b"])
        #expect(MediaType("application/json;charset=UTF-8")?.name == "application/json")
        for text in ["", "json", "a/b c", "a/b; c=\"d"] { #expect(MediaType(text) == nil, "\(text)") }
    }

    @Test("a tag is matched in a list, weak or strong, and by nothing that merely resembles it")
    func tags() {
        let tag = EntityTag(.csv, digest: "d")
        for header in [tag.value, "W/\(tag.value)", "\"x\" , \(tag.value) ", "*", "\t\(tag.value)"] {
            #expect(tag.isMatched(by: header), "\(header)")
        }
        for header in [nil, "", "\"x\"", "1c-d", EntityTag(.json, digest: "d").value, tag.value + "x"] {
            #expect(!tag.isMatched(by: header), "\(header ?? "none")")
        }
    }

    @Test("an address is HOST:PORT, IPv6 in brackets, or unix: with a path that fits a socket's address")
    func addresses() {
        typealias Address = ServiceSettings.Address
        #expect(Address("127.0.0.1:8081") == .host("127.0.0.1", port: 8081))
        #expect(Address("[::1]:0") == .host("::1", port: 0))
        #expect(Address("unix:/run/s") == .unixSocket(path: "/run/s"))
        #expect(Address("unix:" + String(repeating: "p", count: 107)) != nil)
        for text in ["", ":1", "host", "host:", "host:65536", "host:-1", "unix:"] {
            #expect(Address(text) == nil, "\(text)")
        }
        #expect(Address("unix:" + String(repeating: "p", count: 108)) == nil)
        #expect(Address("[::1]:0")?.description(boundTo: 9) == "[::1]:9")
    }
}
