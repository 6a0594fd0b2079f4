import Synchronization

/// The schemes that stored hashes have besides the current one, as far as it is known. Every check of a
/// password computes a hash with each of them, so that none tells whose hash is of which (see
/// `PasswordHasher.verify`). A worker's threads read it; whoever looks at the store replaces it.
package final class HeldSchemes: Sendable {
    /// The most that are computed for every login. Accounts with a ninth can log in, but take longer.
    package static let most = 8

    private let schemes = Mutex<[StoredScheme]>([])

    package init() {}

    /// Takes the forms of the hashes that the store holds (`PasswordHash.form`). What is not known or too costly
    /// is left out: such hashes are never computed. Answers whether that changes what is computed.
    @discardableResult
    package func replace(by forms: [String]) -> Bool {
        var found: [StoredScheme] = []
        for scheme in forms.sorted().compactMap(StoredScheme.init(form:)) where !found.contains(scheme) {
            found.append(scheme)
        }
        let kept = Array(found.prefix(Self.most))
        return schemes.withLock { held in
            defer { held = kept }
            return held != kept
        }
    }

    /// In an order that stays as long as they do.
    package var all: [StoredScheme] { schemes.withLock { $0 } }
}
