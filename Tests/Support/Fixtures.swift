package import Foundation

/// The files of `Tests/Fixtures`.
package enum Fixtures {
    /// The place of the file `name`.
    package static func url(_ name: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(components: "Fixtures", name)
    }

    /// The bytes of the file `name`.
    package static func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: url(name))
    }
}
