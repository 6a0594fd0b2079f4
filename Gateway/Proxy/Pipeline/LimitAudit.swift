import GatewayCore

// Requests that a rate limit refused, for the audit: sampled, because a flood must not fill it.
extension ClientConnection {
    func noteRefusal(by policy: String) {
        guard let count = loop.refusalSampler.count(at: exchange.now) else { return }
        let principal = exchange.principal
        loop.services.audit(
            AuditEvent(
                .limitRefused, at: exchange.now, by: principal.map { .init($0) } ?? .nobody,
                of: principal.map { .init($0.session) }, from: exchange.address.description,
                request: exchange.id, reason: policy, count: count))
    }
}
