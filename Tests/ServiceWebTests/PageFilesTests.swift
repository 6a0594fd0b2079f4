import CSharedPages
import Testing

@testable import ServiceWeb

@Suite("Files for browsers")
struct PageFilesTests {
    private let files = PageFiles(
        [
            "a.js": Array(#"import { b } from "./b.js"; import "./none.js";"#.utf8),
            "b.js": Array("export const b = 1;".utf8),
            "page.html": Array(#"<script type="module" src="{files}/a.js"></script>"#.utf8),
            "long.css": Array(String(repeating: "p { margin: 0; }\n", count: 200).utf8),
        ], below: "/x")

    private func text(_ name: String) throws -> String {
        String(decoding: try #require(files[name]).bytes, as: UTF8.self)
    }

    @Test("a file names the others under the fingerprint of all of them, and nothing else is changed")
    func references() throws {
        let mark = files.fingerprint
        #expect(mark.count == 12)
        #expect(try text("a.js") == #"import { b } from "./\#(mark).b.js"; import "./none.js";"#)
        #expect(try text("page.html") == #"<script type="module" src="/x/\#(mark).a.js"></script>"#)
        #expect(files.address(of: "b.js") == "/x/\(mark).b.js")
    }

    @Test("the fingerprint changes with any content and with any name")
    func fingerprint() {
        let one = PageFiles(["a.js": [1]], below: "/x")
        #expect(one.fingerprint == PageFiles(["a.js": [1]], below: "/x").fingerprint)
        #expect(one.fingerprint != PageFiles(["a.js": [2]], below: "/x").fingerprint)
        #expect(one.fingerprint != PageFiles(["b.js": [1]], below: "/x").fingerprint)
    }

    @Test("this fingerprint is kept for ever, another is answered with what there is, and a page is no file")
    func addresses() throws {
        let current = try #require(files.file(at: "\(files.fingerprint).b.js"))
        #expect(current.isForEver && current.file.name == "b.js")
        let other = try #require(files.file(at: "0123456789ab.b.js"))
        #expect(!other.isForEver && other.file.name == "b.js")
        for segment in ["b.js", "", ".", "x.none.js", "\(files.fingerprint).page.html", "x.../b.js"] {
            #expect(files.file(at: segment) == nil, "\(segment)")
        }
    }

    @Test("a file goes compressed to whom gzip is acceptable, and as it is to anybody else")
    func compression() throws {
        let file = try #require(files["long.css"])
        let packed = file.answer(acceptEncoding: "br, gzip", cacheControl: "no-cache")
        #expect(packed.bytes.count < file.bytes.count / 10 && packed.bytes.starts(with: [0x1F, 0x8B]))
        #expect(packed.headers.contains { $0 == ("Content-Encoding", "gzip") })
        for field in [nil, "", "br", "gzip;q=0", "*;q=0", "identity"] {
            let plain = file.answer(acceptEncoding: field, cacheControl: "no-cache")
            #expect(plain.bytes == file.bytes && !plain.headers.contains { $0.name == "Content-Encoding" })
            #expect(plain.headers.contains { $0 == ("Vary", "Accept-Encoding") })
        }
        for field in ["gzip", "GZIP ; q=0.5", "*", "deflate, x-gzip", "*;q=0, gzip"] {
            #expect(AcceptEncoding.takesGzip(field), "\(field)")
        }
        #expect(try #require(files["b.js"]).gzipped == nil, "what would not be shorter stays as it is")
    }

    @Test("every shared file is in the table, has a media type, and names only files that there are")
    func shared() throws {
        let shared = PageFiles([shared_pages()], below: "/x")
        #expect(shared.names.contains("tokens.css") && shared.names.contains("api.js"))
        for name in shared.names {
            let file = try #require(shared[name])
            #expect(file.mediaType != "application/octet-stream", "\(name)")
            let text = String(decoding: file.bytes, as: UTF8.self)
            for reference in text.matches(of: #/"\./([^"]+)"/#) {
                #expect(shared.file(at: String(reference.1)) != nil, "\(name) names \(reference.1)")
            }
        }
    }
}
