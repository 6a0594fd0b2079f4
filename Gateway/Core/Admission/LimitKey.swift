extension LimitPolicy {
    /// What a policy counts by. The usual ones have cases of their own, so that a charge of theirs costs no
    /// text; everything else is put together.
    package enum Key: Sendable, Hashable {
        case address, user, addressAndUser
        /// Any other combination: in the order of `Part`, each once.
        case composed([Part])

        /// A property of a request.
        package enum Part: Sendable, Hashable {
            case address, user, session, apiKey, route
            /// The value of a header field, whose name is in lower case.
            case header(String)

            /// Whether it is known of authenticated requests only.
            package var needsPrincipal: Bool {
                switch self {
                case .user, .session, .apiKey: true
                case .address, .route, .header: false
                }
            }

            fileprivate var order: (Int, String) {
                switch self {
                case .address: (0, "")
                case .user: (1, "")
                case .session: (2, "")
                case .apiKey: (3, "")
                case .route: (4, "")
                case .header(let name): (5, name)
                }
            }
        }

        /// The key of these parts, in whatever order they are written; nil for none.
        package init?(_ parts: some Sequence<Part>) {
            let sorted = Set(parts).sorted { $0.order < $1.order }
            switch sorted {
            case []: return nil
            case [.address]: self = .address
            case [.user]: self = .user
            case [.address, .user]: self = .addressAndUser
            default: self = .composed(sorted)
            }
        }

        package var parts: [Part] {
            switch self {
            case .address: [.address]
            case .user: [.user]
            case .addressAndUser: [.address, .user]
            case .composed(let parts): parts
            }
        }

        /// Whether a charge can be made only once it is known who asks.
        package var needsPrincipal: Bool {
            switch self {
            case .address: false
            case .user, .addressAndUser: true
            case .composed(let parts): parts.contains(where: \.needsPrincipal)
            }
        }
    }
}
