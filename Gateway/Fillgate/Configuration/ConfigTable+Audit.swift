extension ConfigTable {
    static var audit: [ConfigKey<AuditSettings>] {
        [
            .value(
                "keep", \.keep, .count(1_000...10_000_000),
                "Events that Redis keeps, of about 300 bytes each; the log has all of them."),
            .value(
                "queue", \.queue, .count(16...1_000_000),
                "Events that wait in a worker while Redis is away; what comes beyond is in the log only."),
            .value(
                "limit-refusals", \.limitRefusals, .count(0...1_000),
                "Requests refused by a rate limit that leave an event, a second and event loop; each says how "
                    + "many there were since the last. 0: none."),
        ]
    }
}
