import GatewayCore

/// What is said on the news channel: `ended DIGEST …`, for sessions and API keys that have ended. Words that a
/// gateway does not know are passed over, so that versions can differ.
enum EndedNews {
    static let word = "ended"

    /// The digests that a message names; empty where it says something else.
    static func digests(in message: String) -> [SessionDigest] {
        let words = message.split(separator: " ")
        guard words.first.map({ $0 == word }) == true else { return [] }
        return words.dropFirst().compactMap { SessionDigest(hexadecimal: String($0)) }
    }
}
