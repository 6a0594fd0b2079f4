package import CSharedPages
import Crypto
import ServiceCore

/// The files that a program's pages are made of.
///
/// Every file is served as `FINGERPRINT.NAME`, with a fingerprint of all of them: such an address never has other
/// content, so browsers keep it for ever. Where a file names another, as `"./NAME"` in a module or a stylesheet and as
/// `{files}/NAME` in a page, the fingerprint is put in when the files are loaded.
package struct PageFiles: Sendable {
    /// Where the files are: a path without a slash at its end.
    package let path: String
    /// The first 12 hexadecimal digits of the SHA-256 of all names and contents.
    package let fingerprint: String
    private let files: [String: PageFile]

    /// All files of `tables`, to be served below `path`. Of two with one name the later counts.
    package init(_ tables: [page_table], below path: String) {
        var contents: [String: [UInt8]] = [:]
        for table in tables {
            // SAFETY: a table is compiled into the program: its rows and what they point at never end or change.
            for row in UnsafeBufferPointer(start: table.files, count: table.count) {
                contents[String(cString: row.name)] = Array(
                    UnsafeBufferPointer(start: row.bytes, count: row.size))
            }
        }
        self.init(contents, below: path)
    }

    init(_ contents: [String: [UInt8]], below path: String) {
        var hash = SHA256()
        for (name, bytes) in contents.sorted(by: { $0.key < $1.key }) {
            hash.update(data: Array("\(name) \(bytes.count)\n".utf8))
            hash.update(data: bytes)
        }
        let fingerprint = Hexadecimal.text(of: hash.finalize().prefix(6))
        self.path = path
        self.fingerprint = fingerprint
        files = contents.reduce(into: [:]) { files, content in
            var bytes = content.value
            if PageFile.mayName(content.key) {
                var text = String(decoding: bytes, as: UTF8.self)
                for name in contents.keys {
                    text = text.replacing("\"./\(name)\"", with: "\"./\(fingerprint).\(name)\"")
                    text = text.replacing("{files}/\(name)\"", with: "\(path)/\(fingerprint).\(name)\"")
                }
                bytes = Array(text.utf8)
            }
            files[content.key] = PageFile(name: content.key, bytes: bytes)
        }
    }

    package var names: [String] { files.keys.sorted() }

    /// The file of that name.
    package subscript(name: String) -> PageFile? { files[name] }

    /// Where browsers find the file of that name, for pages that are written by hand.
    package func address(of name: String) -> String { "\(path)/\(fingerprint).\(name)" }

    /// The file that an address's last segment asks for, and whether it may be kept for ever. One with another
    /// fingerprint, which a page of another version of the program names, is answered with what there is now.
    package func file(at segment: String) -> (file: PageFile, isForEver: Bool)? {
        guard let dot = segment.firstIndex(of: ".") else { return nil }
        let name = String(segment[segment.index(after: dot)...])
        guard let file = files[name], !name.hasSuffix(".html") else { return nil }
        return (file, segment[..<dot] == fingerprint)
    }
}

extension PageFile {
    /// How the file is sent to a browser with this `Accept-Encoding`: its fields and its bytes.
    package func answer(
        acceptEncoding: String?, cacheControl: String
    ) -> (headers: [(name: String, value: String)], bytes: [UInt8]) {
        var headers = [
            ("Content-Type", mediaType), ("Cache-Control", cacheControl), ("Vary", "Accept-Encoding"),
        ]
        guard let gzipped, AcceptEncoding.takesGzip(acceptEncoding) else { return (headers, bytes) }
        headers.append(("Content-Encoding", "gzip"))
        return (headers, gzipped)
    }

    /// What `Cache-Control` says of a file: for ever (RFC 8246), or to be asked for each time.
    package static func cacheControl(isForEver: Bool) -> String {
        isForEver ? "public, max-age=31536000, immutable" : "no-cache"
    }
}
