import GatewayCore

/// Which device a request comes from, as far as its cookie proves it, for the endpoints of one event loop.
///
/// All gateways on one store share the key that signs these cookies. It is asked for again every so often, so
/// that a key which was replaced in the store is replaced here; who happens to be asked for then has nothing
/// to do with any account.
final class DeviceRecognition {
    /// How long a key is used before the store is asked for it again.
    static let keyLifetime = Duration.seconds(60)

    private var kept: (key: DeviceKey, since: Timestamp)?

    /// The key that signs devices' cookies.
    func key(in context: EndpointContext, at now: Timestamp) async throws(Refusal) -> DeviceKey {
        if let kept, kept.since <= now, now < kept.since + Self.keyLifetime { return kept.key }
        let key = try await context.asking { store throws(StoreFault) in
            try await store.deviceKey(orIfNone: .random())
        }
        kept = (key, now)
        return key
    }

    /// The device as `email` knows it; nil where the request's cookie does not prove that it does.
    func device(
        of email: EmailAddress, for request: EndpointRequest, in context: EndpointContext
    ) async throws(Refusal) -> KnownDevice? {
        let key = try await key(in: context, at: request.now)
        return DeviceCookie(request.deviceCookie).device(of: email, under: key)
    }

    /// The header that makes the device of `request` known to `email` from `moment` on, by the store's clock. A
    /// device that was known keeps its name, and so what was counted against it.
    func introduction(
        to email: EmailAddress, since moment: Timestamp, for request: EndpointRequest,
        in context: EndpointContext
    ) async throws(Refusal) -> (name: String, value: String) {
        let key = try await key(in: context, at: request.now)
        let cookie = DeviceCookie(request.deviceCookie)
        let id = cookie.device(of: email, under: key)?.id ?? .random()
        let renewed = cookie.adding(KnownDevice(id: id, since: moment), of: email, under: key)
        let kind = SessionCookie(isSecure: request.isSecure, client: request.address)
        let lifetime = context.lockoutPolicy.bounded.deviceLifetime
        return ("Set-Cookie", renewed.setting(as: kind, for: lifetime))
    }
}
