import Foundation
import GatewayCore
import NIOCore
import ServiceCore

// Answers that the gateway makes itself: refusals, and those of its own endpoints.
extension ClientConnection {
    func sendRefusal(_ refusal: Refusal) {
        let form = refusal.form
        exchange.code = form.code
        if case .rateLimited(let policy, _) = refusal { noteRefusal(by: policy) }
        if form.closes || hasUnreadBody { exchange.keepsAlive = false }
        if refusal == .unauthenticated, let location = loginRedirect() {
            return sendOwn(status: 303, headers: [("Location", location)] + deadCookie(), body: [])
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = (try? encoder.encode(refusal.problem(for: exchange.id))) ?? Data()
        var headers = form.headers
        headers.append(("Content-Type", Problem.mediaType))
        if refusal == .unauthenticated { headers += deadCookie() }
        sendOwn(status: form.status, headers: headers, body: Array(body))
    }

    /// Whether bytes of a body may be on their way that nobody will read, so that the next request could not
    /// be told from them.
    var hasUnreadBody: Bool {
        exchange.status == 0 && exchange.head.byteCount > 0 && exchange.head.framing.hasBody
    }

    /// A browser that navigates somewhere is sent to the login page; a script never is.
    private func loginRedirect() -> String? {
        let head = exchange.head
        guard head.knownMethod == .get || head.knownMethod == .head, head.byteCount > 0 else { return nil }
        let inbound = wire.inbound
        let bytes = inbound.readableBytesUInt8Span
        let path = bytes.string(head.path)
        guard !path.hasPrefix("/api/") else { return nil }
        let mode = head.text(head.secFetchMode, in: bytes)
        let accept = head.text(head.accept, in: bytes) ?? ""
        guard mode.map({ $0 == "navigate" }) ?? accept.hasPrefix("text/html") else { return nil }
        let query = bytes.string(head.query)
        let next = query.isEmpty ? path : path + "?" + query
        var unreserved = CharacterSet.alphanumerics
        unreserved.insert(charactersIn: "-._~/")
        return "/login?next=" + (next.addingPercentEncoding(withAllowedCharacters: unreserved) ?? "/")
    }

    /// Takes a cookie back whose session does not exist. Only a definite answer of the store leads here.
    private func deadCookie() -> [(name: String, value: String)] {
        guard exchange.cookieIsDead else { return [] }
        return SessionCookie.allCases.map { ("Set-Cookie", $0.clearing) }
    }

    /// Reads the body that an endpoint is due, calls it, and sends what it says.
    func serve(_ endpoint: Endpoint, target: Target) async throws(Refusal) {
        let head = exchange.head
        let inbound = wire.inbound
        let bytes = inbound.readableBytesUInt8Span
        var request = EndpointRequest(
            id: exchange.id, method: name(of: head.knownMethod),
            path: String(decoding: head.decodedPath ?? exchange.pathText, as: UTF8.self),
            query: bytes.string(head.query), contentType: head.text(head.contentType, in: bytes),
            accept: head.text(head.accept, in: bytes), acceptEncoding: acceptEncoding(bytes),
            userAgent: head.text(head.userAgent, in: bytes),
            body: [], address: exchange.address, principal: exchange.principal,
            shownSession: exchange.shown, deviceCookie: target.takesCredentials ? deviceCookie(bytes) : nil,
            isSecure: exchange.isSecure, now: exchange.now)
        request.body = try await readWholeBody(limit: target.bodyLimit)
        let response = await endpoint.handle(request)
        SecretBytes.wipe(&request.body)
        exchange.code = response.code
        var headers = response.headers
        if !headers.contains(where: { $0.name.lowercased() == "cache-control" }) {
            headers.append(("Cache-Control", "no-store"))
        }
        sendOwn(status: response.status, headers: headers, body: response.body)
    }

    /// All that the request says about compression.
    private func acceptEncoding(_ bytes: Span<UInt8>) -> String? {
        let fields = exchange.head.fields.filter { $0.known == .acceptEncoding }
        return fields.isEmpty ? nil : fields.map { bytes.string($0.value) }.joined(separator: ",")
    }

    /// The cookie that tells known devices, where it is not longer than the gateway makes it.
    private func deviceCookie(_ bytes: Span<UInt8>) -> String? {
        for field in exchange.head.fields where field.known == .cookie {
            for name in CookieName.acceptedDevice(isSecure: exchange.isSecure) {
                guard let value = Credentials.value(bytes, field.value, ofCookie: name) else { continue }
                return value.count <= DeviceCookie.longest ? bytes.string(value) : nil
            }
        }
        return nil
    }

    private func readWholeBody(limit: Int) async throws(Refusal) -> [UInt8] {
        var body = RequestBody(exchange.head.framing, limit: limit, limits: loop.settings.limits)
        leaveHead()
        guard exchange.head.framing.hasBody else { return [] }
        sendContinue()
        let pace = BodyPace(now: Clock.monotonic, limits: loop.settings.limits)
        var whole: [UInt8] = []
        while true {
            switch try body.next(from: wire) {
            case .content(let content): whole.append(contentsOf: content.readableBytesView)
            case .end: return whole
            case .needsMore:
                guard !wire.inputEnded else { throw .tooSlow }
                if await waiter.wait(until: pace.deadline(taken: body.taken)) { throw .tooSlow }
            }
            if body.isOver { return whole }
        }
    }

    /// Tells a client that waits for it to send its body: everything that could refuse it has been asked.
    func sendContinue() {
        guard exchange.head.expectsContinue, !exchange.head.isHTTP10 else { return }
        wire.send(Self.continueLine)
    }

    private static let continueLine = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")

    /// Sends a whole answer of our own in one write.
    private func sendOwn(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        exchange.status = status
        exchange.hasAnswered = true
        var out = loop.borrowScratch()
        defer { loop.giveBack(&out) }
        out.writeString("HTTP/1.1 \(status) \(StatusText.reason(status))\r\n")
        out.writeBytes(loop.date.line(at: exchange.now))
        var isPage = false
        for (name, value) in headers {
            out.writeString("\(name): \(value)\r\n")
            if name.lowercased() == "content-type", value.hasPrefix("text/html") { isPage = true }
        }
        if status != 204 && status != 304 {
            out.writeString("Content-Length: \(body.count)\r\n")
        }
        out.writeString("X-Content-Type-Options: nosniff\r\n")
        if exchange.code != nil, !headers.contains(where: { $0.name.lowercased() == "cache-control" }) {
            out.writeString("Cache-Control: no-store\r\n")
        }
        if isPage {
            for (name, value) in PageHeaders.fields { out.writeString("\(name): \(value)\r\n") }
            if exchange.isSecure { out.writeStaticString(PageHeaders.strictTransport) }
        }
        writeCommonFields(into: &out)
        if exchange.head.knownMethod != .head || exchange.head.byteCount == 0 {
            out.writeBytes(body)
        }
        wire.send(out)
    }
}

/// What every page of the gateway's own carries.
enum PageHeaders {
    /// Over TLS: for a year, browsers come by TLS only (RFC 6797).
    static let strictTransport: StaticString = "Strict-Transport-Security: max-age=31536000\r\n"

    static let fields: [(name: String, value: String)] = [
        (
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
                + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        ("Referrer-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ]
}
