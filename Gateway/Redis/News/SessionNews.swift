package import GatewayCore

/// What is said on the news channel: a word and digests of sessions and API keys. Words that a gateway does
/// not know are passed over, so that versions can differ.
package enum SessionNews: Sendable, Hashable {
    /// `ended DIGEST …`: they are no more.
    case ended([SessionDigest])
    /// `changed DIGEST …`: what is remembered of them is out of date.
    case changed([SessionDigest])

    /// Nil where the message says something else.
    init?(_ message: String) {
        let words = message.split(separator: " ")
        let digests = words.dropFirst().compactMap { SessionDigest(hexadecimal: String($0)) }
        guard let word = words.first, !digests.isEmpty else { return nil }
        switch word {
        case "ended": self = .ended(digests)
        case "changed": self = .changed(digests)
        default: return nil
        }
    }

    /// Whom it is about.
    package var digests: [SessionDigest] {
        switch self {
        case .ended(let digests), .changed(let digests): digests
        }
    }
}
