/// What somebody wants of a new key, checked: the endpoint and the command line hold it to the same rules.
package struct KeyTerms: Sendable, Hashable {
    package let grant: KeyGrant
    package let lifetime: Duration

    /// One thing that is wrong: the field's name, and what to do about it.
    package struct Fault: Sendable, Hashable {
        package var field: String
        package var message: String
    }

    package struct Faults: Error, Sendable, Hashable {
        package var faults: [Fault]
    }

    /// Bytes of a key's name.
    package static let longestName = 64

    /// Throws everything that is wrong at once. `lifetime` is nil for the policy's own; `isAdmin` says
    /// whether the owner is an administrator.
    package init(
        name: String, scopes: [String], addresses: [String], lifetime: Duration?, for policy: KeyPolicy,
        isAdmin: Bool
    ) throws(Faults) {
        var faults: [Fault] = []
        func fault(_ field: String, _ message: String) {
            faults.append(Fault(field: field, message: message))
        }
        let isPlain = !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
        if name.allSatisfy(\.isWhitespace) || !isPlain || name.utf8.count > Self.longestName {
            fault("name", "must be 1 to \(Self.longestName) bytes of visible text")
        }
        var granted: KeyScopes = []
        for scope in scopes {
            if let known = KeyScopes(name: scope) {
                granted.formUnion(known)
            } else {
                let known = KeyScopes.table.map(\.name).joined(separator: ", ")
                fault("scopes", "must be among \(known)")
                break
            }
        }
        if scopes.isEmpty { fault("scopes", "must not be empty") }
        if granted.contains(.admin), !isAdmin {
            fault("scopes", "admin is for administrators only")
        }
        let blocks = addresses.compactMap { AddressBlock($0) }
        if addresses.count > policy.addresses {
            fault("addresses", "must not be more than \(policy.addresses)")
        } else if blocks.count != addresses.count {
            fault("addresses", "must be addresses or CIDR blocks without bits set past their length")
        }
        let span = lifetime ?? policy.lifetime
        if span < .seconds(1) || span > policy.maxLifetime {
            fault("expires_in", "must be from 1 to \(policy.maxLifetime.secondsRoundedUp) seconds")
        }
        guard faults.isEmpty else { throw Faults(faults: faults) }
        grant = KeyGrant(name: name, scopes: granted, addresses: blocks)
        self.lifetime = span
    }

    /// A key of these terms for `account`, under a fresh token.
    package func key(of account: Account, under token: KeyToken, at now: Timestamp) -> APIKey {
        APIKey(
            digest: token.digest, user: account.id, email: account.email, grant: grant, createdAt: now,
            expiresAt: now + lifetime)
    }
}
