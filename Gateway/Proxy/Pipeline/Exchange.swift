import GatewayCore
import NIOCore
import ServiceCore

/// One request and its answer, as far as they are known. A connection has one and fills it again for each
/// request.
final class Exchange {
    let head = RequestHead()
    let response = ResponseHead()
    /// The request ID and the trace context as they go into headers, and the client's address.
    var idText: [UInt8] = []
    var traceText: [UInt8] = []
    var addressText: [UInt8] = []
    var id = RequestID(unixMilliseconds: 0, random: (0, 0))
    var address = IPAddress.loopback
    /// Whether the client's side is encrypted: by the gateway itself, or as a trusted proxy says.
    var isSecure = false
    /// Whether the `Forwarded` that proxies in front wrote can be appended to without being misread.
    var continuesForwarding = false
    var target: Target?
    var principal: Principal?
    /// The digest of the token that the request showed.
    var shown: SessionDigest?
    var credential = Principal.Credential.bearer
    /// A cookie was shown whose session definitely does not exist.
    var cookieIsDead = false
    /// `RateLimit`'s value: one item an enforced policy that was asked.
    var limitItems: [UInt8] = []

    /// Places that the request holds under bounds on requests in flight.
    var leases: [Lease] = []

    // For the access log.
    var startedAt: UInt64 = 0
    var now = Timestamp(microseconds: 0)
    var storeTime: UInt64 = 0
    var upstreamTime: UInt64 = 0
    var methodText: [UInt8] = []
    var pathText: [UInt8] = []
    var status = 0
    var code: String?
    var bytesBefore = 0
    /// The place of the policy that is the reason of the refusal.
    var limitPlace: Int?
    /// Interim answers of the upstream that were passed over.
    var interimAnswers = 0

    /// Whether the request asks for a WebSocket, properly.
    var asksWebSocket = false
    /// Whether the connection may carry another request after this one.
    var keepsAlive = true
    /// Whether the head's bytes have left the wire: from then on its ranges point nowhere.
    var hasLeftHead = false
    /// Whether an answer has begun: after that no refusal can be sent any more.
    var hasAnswered = false

    func begin(at moment: UInt64, now: Timestamp, sent: Int) {
        startedAt = moment
        self.now = now
        bytesBefore = sent
        target = nil
        principal = nil
        shown = nil
        credential = .bearer
        cookieIsDead = false
        isSecure = false
        continuesForwarding = false
        if !limitItems.isEmpty { limitItems.removeAll(keepingCapacity: true) }
        methodText.removeAll(keepingCapacity: true)
        pathText.removeAll(keepingCapacity: true)
        storeTime = 0
        upstreamTime = 0
        status = 0
        code = nil
        limitPlace = nil
        interimAnswers = 0
        asksWebSocket = false
        keepsAlive = true
        hasAnswered = false
        hasLeftHead = false
    }

    func identify(_ id: RequestID, trace: TraceContext) {
        self.id = id
        id.write(to: &idText)
        trace.write(to: &traceText)
    }
}
