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
            .value(
                "lease", \.lease, .duration(.seconds(1)...(.seconds(300))),
                "How long the places of a killed worker's requests stay taken under in-flight; workers renew theirs "
                    + "three times as often."),
        ]
    }

    static var records: [ConfigKey<RecordSettings>] {
        [
            .value("sample", \.sample, .shareOrNone, "The share of requests answered as usual, 0 to 1."),
            .value(
                "lifetime", \.bounds.lifetime, .duration(.seconds(60)...(.seconds(7 * 86_400))),
                "How long a record is kept."),
            .value("count", \.bounds.count, .count(1...10_000_000), "Records in all; the oldest go."),
            .value(
                "bytes", \.bounds.bytes, .size((64 << 10)...(4 << 30)),
                "Bytes of all records; the oldest go. Redis needs some 200 more for each."),
            .value(
                "per-second", \.perSecond, .count(0...10_000),
                "Records that one event loop writes a second; beyond it they are counted and dropped. 0: none."
            ),
        ]
    }
}
