import GatewayCore
import ServiceCore

/// The public keys with which upstreams check assertions.
enum KeySet {
    /// `GET /.well-known/fillgate-jwks.json`: the keys of all gateways (RFC 7517), this worker's own always among them.
    static func publish(_ context: EndpointContext) -> Endpoint {
        let cache = KeySetCache(context: context)
        return Endpoint("GET", IdentityAssertion.keySetPath, require: .anonymous) { request throws(Refusal) in
            let keys = await cache.keys(at: request.now)
            return try .json(
                JSONWebKeySet(keys: keys), type: "application/jwk-set+json",
                headers: [("Cache-Control", "public, max-age=1")])
        }
    }
}

/// What one event loop knows of the other gateways' keys.
private final class KeySetCache {
    private let context: EndpointContext
    private var others: [JSONWebKey] = []
    private var learnedAt: Timestamp?
    private var askAgainAt: Timestamp?

    /// The store is asked at most this often.
    static let freshness = Duration.seconds(1)
    /// Keys that were learned are served this long while the store is away, so that an upstream that starts meanwhile can
    /// check what other gateways sign. Longer would keep a revoked key alive.
    static let keptWithoutStore = Duration.seconds(60)

    init(context: EndpointContext) { self.context = context }

    /// This worker's keys, then the others', each once.
    func keys(at now: Timestamp) async -> [JSONWebKey] {
        if askAgainAt.map({ now >= $0 || now + Self.freshness < $0 }) ?? true { await learn(at: now) }
        let own = context.ownKeys()
        return own + others.filter { other in !own.contains { $0.kid == other.kid } }
    }

    private func learn(at now: Timestamp) async {
        // Requests that come while this one waits are answered from what is known already, if anything is.
        if learnedAt != nil { askAgainAt = now + Self.freshness }
        do throws(StoreFault) {
            let published = try await context.store.publishedKeys()
            others = published.map { JSONWebKey(kid: $0.keyID, x: $0.x) }
            learnedAt = now
        } catch {
            if let known = learnedAt, now - known > Self.keptWithoutStore {
                others = []
                learnedAt = nil
            }
        }
        askAgainAt = now + Self.freshness
    }
}
