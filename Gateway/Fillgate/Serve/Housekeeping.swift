import GatewayCore
import GatewayEndpoints
import GatewayProxy
import Logging

/// What a worker does in Redis beside serving. All of it is tried again until Redis is there.
struct Housekeeping: Sendable {
    /// How long a published key is known without being published again.
    static let keyLifetime = Duration.seconds(600)
    /// How often keys are published: a Redis that lost its data knows them again after this.
    static let publishInterval = Duration.seconds(10)
    static let retryInterval = Duration.seconds(1)

    /// What is served now: asked anew for each thing that is done.
    let current: @Sendable () -> Generation
    /// Takes a security event.
    let audit: @Sendable (AuditEvent) -> Void
    let logger: Logger

    /// Publishes the public keys over and over, until the task is cancelled.
    func publishKeys() async {
        while !Task.isCancelled {
            let isDone = await Self.publishKeys(of: current())
            try? await Task.sleep(for: isDone ? Self.publishInterval : Self.retryInterval)
        }
    }

    /// How often the schemes of stored hashes are looked for.
    static let schemesInterval = Duration.seconds(5)

    /// Keeps what a login computes in step with the hashes that accounts have, until the task is cancelled. While
    /// Redis is away, what was found last stays.
    func lookForSchemes() async {
        while !Task.isCancelled {
            let generation = current()
            let forms = try? await generation.store.run { try await $0.passwordForms() }
            if let forms, generation.held.replace(by: forms) {
                logger.info(
                    "every login computes a hash of each scheme that an account has",
                    metadata: ["schemes": "\(forms.joined(separator: ", "))"])
            }
            try? await Task.sleep(for: forms == nil ? Self.retryInterval : Self.schemesInterval)
        }
    }

    /// Publishes them once; answers whether Redis took them.
    static func publishKeys(of generation: Generation) async -> Bool {
        let published = generation.keys.published
        do {
            try await generation.store.run { try await $0.publish(published, for: keyLifetime) }
            return true
        } catch {
            return false
        }
    }

    /// Makes sure of the administrator, once Redis is there.
    func ensure(_ administrator: Administrator) async {
        var hasComplained = false
        while !Task.isCancelled {
            let generation = current()
            let passwords = generation.passwords
            do {
                let outcome = try await generation.store.run {
                    try await administrator.ensure(in: $0, passwords)
                }
                let what =
                    switch outcome {
                    case .created: "administrator created"
                    case .updated: "administrator updated: password, role or activity had changed"
                    case .unchanged: "administrator is as configured"
                    }
                logger.notice("\(what)", metadata: ["user": "\(administrator.email)"])
                note(outcome, administrator.email)
                return
            } catch {
                if !hasComplained {
                    logger.warning(
                        "the administrator waits for Redis",
                        metadata: ["user": "\(administrator.email)", "reason": "\(error)"])
                }
                hasComplained = true
            }
            try? await Task.sleep(for: Self.retryInterval)
        }
    }

    private func note(_ outcome: Administrator.Outcome, _ email: EmailAddress) {
        let kind: AuditEvent.Kind? =
            switch outcome {
            case .created: .accountCreated
            case .updated: .accountChanged
            case .unchanged: nil
            }
        guard let kind else { return }
        audit(
            AuditEvent(
                kind, at: Clock.now, by: .gateway, of: .init(user: nil, email: email),
                reason: "administrator-of-environment"))
    }
}
