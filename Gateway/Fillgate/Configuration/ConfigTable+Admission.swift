import GatewayCore

extension ConfigTable {
    static var admission: [ConfigKey<AdmissionSettings>] {
        [
            .value(
                "memory", \.memory, .duration(.zero...OverLimitMemory.longestEver),
                "A key over its limit is refused from memory until it may pass again, at most this long, so that "
                    + "a flood costs Redis nothing. 0s: every request is asked about."),
            .value(
                "memory-keys", \.memoryKeys, .count(2...1_000_000),
                "Keys that one event loop remembers so, of some 250 bytes each."),
            .value(
                "ipv6-prefix", \.v6PrefixLength, .count(32...64),
                "Leading bits of an IPv6 address that limits by ip take for one address."),
        ]
    }
}
