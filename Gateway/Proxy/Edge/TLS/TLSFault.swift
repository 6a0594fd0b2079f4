/// Why the files of a listener's TLS cannot be used.
package struct TLSFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file that is to blame.
    package enum Part: String, Sendable, Hashable {
        case certificate
        case key
        case clientCA = "client-ca"
    }

    package enum Reason: Sendable, Hashable {
        /// What the system says of the file.
        case unreadable(String)
        case notAFile
        case tooLong
        /// A key with this mode that others could read, or change.
        case open(mode: UInt32)
        case noCertificate
        case noKey
        case keyDoesNotMatch(certificate: String)
        /// All of it together is refused by the TLS library.
        case unusable
    }

    package var part: Part
    package var path: String
    package var reason: Reason

    /// Without the file's name.
    package var sentence: String {
        switch reason {
        case .unreadable(let reason): "cannot be read: \(reason)"
        case .notAFile: "is not a file"
        case .tooLong: "is longer than 1 MiB"
        case .open(let mode):
            "has mode 0\(String(mode, radix: 8)): others may use it; make it 0600, or 0640 for a group"
        case .noCertificate: "holds no certificate in PEM"
        case .noKey: "holds no private key in PEM without a passphrase"
        case .keyDoesNotMatch(let certificate): "is not the key of the certificate '\(certificate)'"
        case .unusable: "cannot be used for TLS"
        }
    }

    package var description: String { "'\(path)' \(sentence)" }
}
