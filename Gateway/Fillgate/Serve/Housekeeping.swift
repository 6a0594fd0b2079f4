import GatewayCore
import GatewayEndpoints
import Logging

/// What a worker does in Redis beside serving. All of it is tried again until Redis is there.
struct Housekeeping: Sendable {
    /// How long a published key is known without being published again.
    static let keyLifetime = Duration.seconds(600)
    /// How often keys are published: a Redis that lost its data knows them again after this.
    static let publishInterval = Duration.seconds(10)
    static let retryInterval = Duration.seconds(1)

    let store: LoopStore
    let keys: SigningKeys
    let logger: Logger

    /// Publishes the public keys over and over, until the task is cancelled.
    func publishKeys() async {
        let published = keys.published
        while !Task.isCancelled {
            var pause = Self.publishInterval
            do {
                try await store.run { try await $0.publish(published, for: Self.keyLifetime) }
            } catch {
                pause = Self.retryInterval
            }
            try? await Task.sleep(for: pause)
        }
    }

    /// Makes sure of the administrator, once Redis is there.
    func ensure(_ administrator: Administrator, _ passwords: PasswordService) async {
        var hasComplained = false
        while !Task.isCancelled {
            do {
                let outcome = try await store.run { try await administrator.ensure(in: $0, passwords) }
                let what =
                    switch outcome {
                    case .created: "administrator created"
                    case .updated: "administrator updated: password, role or activity had changed"
                    case .unchanged: "administrator is as configured"
                    }
                logger.notice("\(what)", metadata: ["user": "\(administrator.email)"])
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
}
