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
    /// The store is asked at most once a second.
    private let published = Remembered<[JSONWebKey]>(for: .seconds(1))
    private var known: (keys: [JSONWebKey], at: Timestamp)?

    /// Keys that were learned are served this long while the store is away, so that an upstream that starts
    /// meanwhile can check what other gateways sign. Longer would keep a revoked key alive.
    static let keptWithoutStore = Duration.seconds(60)

    init(context: EndpointContext) { self.context = context }

    /// This worker's keys, then the others', each once.
    func keys(at now: Timestamp) async -> [JSONWebKey] {
        let own = context.ownKeys()
        let others = await published.value(at: now) { await self.ask(at: now) }
        return own + others.filter { other in !own.contains { $0.kid == other.kid } }
    }

    private func ask(at now: Timestamp) async -> [JSONWebKey] {
        do throws(StoreFault) {
            let keys = try await context.store.publishedKeys().map { JSONWebKey(kid: $0.keyID, x: $0.x) }
            known = (keys, now)
        } catch {
            if let learned = known?.at, now - learned > Self.keptWithoutStore { known = nil }
        }
        return known?.keys ?? []
    }
}
