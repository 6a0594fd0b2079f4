/// One file that browsers are given: its bytes as they are sent, and once more compressed where that is shorter.
package struct PageFile: Sendable {
    package let name: String
    /// The media type, with its character set where it is text.
    package let mediaType: String
    package let bytes: [UInt8]
    /// The same in gzip; nil where that would not be shorter.
    package let gzipped: [UInt8]?

    init(name: String, bytes: [UInt8]) {
        self.name = name
        mediaType = Self.mediaType(of: name)
        self.bytes = bytes
        gzipped = Gzip.compressed(bytes).flatMap { $0.count < bytes.count ? $0 : nil }
    }

    /// Whether other files are named in it, by `./NAME` in quotes or by `{files}/NAME`.
    static func mayName(_ name: String) -> Bool {
        mediaType(of: name).hasPrefix("text/")
    }

    private static func mediaType(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "application/octet-stream"
        }
    }
}
