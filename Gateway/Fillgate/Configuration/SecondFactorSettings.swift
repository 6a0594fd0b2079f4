import GatewayCore

/// Who must have a second factor, and how its secrets are kept.
struct SecondFactorSettings: Sendable, Hashable {
    var requiredFor: [SecondFactorPolicy.Role] = []
    /// Nil: secrets lie in Redis as they are.
    var keyFile: String?
    /// Steps before and after the present one whose codes count.
    var window = 1
}

extension ConfigTable {
    static var secondFactor: [ConfigKey<SecondFactorSettings>] {
        [
            .values(
                "required-for", \.requiredFor, .word(),
                "Roles that do not log in without one: admin, user. Enrol them first: 'fillgate user totp enrol EMAIL'."
            ),
            .optional(
                "key-file", \.keyFile, .path, example: "/etc/fillgate/second-factor.key",
                "A file of at least 32 random bytes, the same on every gateway, under which secrets are sealed in "
                    + "Redis; without one they lie there as they are. Its mode must be 0640 or less."),
            .value(
                "window", \.window, .count(0...1),
                "A code is for 30 s. 1: it counts in the 30 s before and after as well, for clocks that differ and people "
                    + "who type slowly. 0: it does not; then the phone's clock must be right."),
        ]
    }
}
