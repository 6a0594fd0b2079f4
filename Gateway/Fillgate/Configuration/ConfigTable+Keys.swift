import GatewayCore

extension ConfigTable {
    /// `api-keys`.
    static var apiKeys: [ConfigKey<KeyPolicy>] {
        let spans = Duration.seconds(60)...Duration.seconds(366 * 86_400)
        return [
            .value(
                "per-user", \.perUser, .count(1...1_000), "Keys a user may have; one more is refused."),
            .value("lifetime", \.lifetime, .duration(spans), "How long a key is good that does not say."),
            .value("max-lifetime", \.maxLifetime, .duration(spans), "The longest that one may ask for."),
            .value(
                "addresses", \.addresses, .count(1...100),
                "Addresses and CIDR blocks to which one key may be restricted."),
        ]
    }
}
