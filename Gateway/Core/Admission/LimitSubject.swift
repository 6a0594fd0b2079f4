import Crypto

/// Whom a charge is for.
package enum LimitSubject: Sendable, Hashable {
    case address(AddressPrefix)
    case user(UserID)
    case addressAndUser(AddressPrefix, UserID)
    /// The values of a composed key in its order, `|` between them: none contains that character, so two
    /// subjects of one policy are equal only if all their values are.
    case composed(String)
}

/// What is known of a request that policies count by.
package struct LimitTraits: Sendable, Hashable {
    package var address: AddressPrefix?
    package var user: UserID?
    package var session: SessionID?
    /// The public ID of the API key that authenticated the request.
    package var apiKey: String?
    /// `LimitSubject.name(ofRoute:)`.
    package var route: String?
    /// `LimitSubject.name(ofHeader:)` by the header's name, in lower case; one that is not there has none.
    package var headers: [String: String] = [:]

    package init(
        address: AddressPrefix? = nil, user: UserID? = nil, session: SessionID? = nil, apiKey: String? = nil,
        route: String? = nil, headers: [String: String] = [:]
    ) {
        self.address = address
        self.user = user
        self.session = session
        self.apiKey = apiKey
        self.route = route
        self.headers = headers
    }
}

extension LimitPolicy.Key {
    /// Whom a request with these traits is counted for. Nil where it has not what the policy counts by: a
    /// policy by API key does not concern whoever comes with a session. Requests without a header that is
    /// counted by are counted together.
    package func subject(of traits: LimitTraits) -> LimitSubject? {
        switch self {
        case .address: return traits.address.map { .address($0) }
        case .user: return traits.user.map { .user($0) }
        case .addressAndUser:
            guard let address = traits.address, let user = traits.user else { return nil }
            return .addressAndUser(address, user)
        case .composed(let parts):
            var values: [String] = []
            for part in parts {
                let value: String? =
                    switch part {
                    case .address: traits.address?.description
                    case .user: traits.user?.text
                    case .session: traits.session?.description
                    case .apiKey: traits.apiKey
                    case .route: traits.route
                    case .header(let name): traits.headers[name] ?? "-"
                    }
                guard let value else { return nil }
                values.append(value)
            }
            return .composed(values.joined(separator: "|"))
        }
    }
}

extension LimitSubject {
    /// A route's pattern as subjects have it: 16 hexadecimal digits.
    package static func name(ofRoute pattern: String) -> String {
        HexText.sixteenDigits(SessionDigest(SHA256.hash(data: Array(pattern.utf8))).words.0)
    }

    /// A header's value as subjects have it: half of its SHA-256, so that it is as long whatever a client sends,
    /// and a credential that stands in it cannot be read in Redis.
    package static func name(ofHeader value: [UInt8]) -> String {
        SessionDigest(SHA256.hash(data: value)).sessionID.description
    }
}
