import GatewayCore

/// An API key as one Redis string: a session's record (`SessionRecord`) with other fields.
///
/// ```text
/// 0000000000000000 1771531200123456 1763755200123456 krw 0190…-…c2 alice@example.com 192.0.2.0/24,2001:db8::/32 CI
/// last use        /end             /made            /flag/user   /address          /from where                 /name
/// ```
/// and one line more: the prefixes from which it has been used, with commas between them, the newest first.
/// The flags are `k` and a letter for each scope; a last use of zeros says that there was none.
enum KeyRecord {
    static let flag = UInt8(ascii: "k")
    private static let letters: [(letter: Character, scope: KeyScopes)] = [
        ("r", .read), ("w", .write), ("a", .admin),
    ]

    static func encode(_ key: APIKey) -> String {
        let scopes = letters.filter { key.grant.scopes.contains($0.scope) }.map(\.letter)
        return SessionRecord.encode(
            key.session, flags: "k" + String(scopes),
            address: key.grant.addresses.map(\.description).joined(separator: ","), label: key.grant.name)
            + "\n" + key.grant.seen.map(\.description).joined(separator: ",")
    }

    /// Nil where a scope or an address is not known: a key must not open more than was meant.
    static func grant(flags: String, addresses: String, _ rest: String) -> KeyGrant? {
        var scopes: KeyScopes = []
        for letter in flags.dropFirst() {
            guard let scope = letters.first(where: { $0.letter == letter })?.scope else { return nil }
            scopes.formUnion(scope)
        }
        let texts = addresses.split(separator: ",")
        let blocks = texts.compactMap { AddressBlock($0) }
        guard blocks.count == texts.count else { return nil }
        let lines = rest.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        let seen = lines.count == 2 ? lines[1].split(separator: ",") : []
        return KeyGrant(
            name: String(lines[0]), scopes: scopes, addresses: blocks,
            seen: seen.compactMap { AddressPrefix(String($0)) })
    }
}
