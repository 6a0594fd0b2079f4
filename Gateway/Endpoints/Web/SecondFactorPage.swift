import GatewayCore
import ServiceCore

/// The page on which people bring in a second factor: the password, then a QR code and the first code, then recovery
/// codes. No script; each step is a form, and each shows the way out.
struct SecondFactorPage {
    enum Step {
        /// Asks for the password.
        case password
        case enrolled(recoveryCodes: Int)
        /// Shows the secret and asks for its code.
        case secret(SecondFactorOffer)
        /// Asks for the code again. The secret is shown to whoever has just proved the password, and to nobody after.
        case code
        /// Shows the recovery codes, once.
        case done([RecoveryCode])
    }

    var step: Step
    var refusal: Refusal?

    static let path = "/second-factor"

    /// `GET /second-factor`.
    static func show(_ context: EndpointContext) -> Endpoint {
        Endpoint("GET", path, require: .user) { request throws(Refusal) in
            let enrolment = SecondFactorEnrolment(context: context, request: request)
            return SecondFactorPage(step: try await first(enrolment)).response(to: request)
        }
    }

    /// `POST /second-factor` with the form `password`: the QR code.
    static func begin(_ context: EndpointContext) -> Endpoint {
        Endpoint("POST", path, require: .user, takesCredentials: true) { request throws(Refusal) in
            let enrolment = SecondFactorEnrolment(context: context, request: request)
            do throws(Refusal) {
                let offer = try await enrolment.begin()
                return SecondFactorPage(step: .secret(offer)).response(to: request)
            } catch {
                return SecondFactorPage(step: try await first(enrolment), refusal: error).response(
                    to: request)
            }
        }
    }

    /// `POST /second-factor/confirm` with the form `code`: the recovery codes.
    static func confirm(_ context: EndpointContext) -> Endpoint {
        Endpoint("POST", path + "/confirm", require: .user, takesCredentials: true) {
            request throws(Refusal) in
            let enrolment = SecondFactorEnrolment(context: context, request: request)
            do throws(Refusal) {
                let done = try await enrolment.confirm()
                var answer = SecondFactorPage(step: .done(done.codes)).response(to: request)
                answer.headers += done.headers
                return answer
            } catch .invalidInput(let faults) {
                return SecondFactorPage(step: .code, refusal: .invalidInput(faults)).response(to: request)
            } catch {
                return SecondFactorPage(step: try await first(enrolment), refusal: error).response(
                    to: request)
            }
        }
    }

    private static func first(_ enrolment: SecondFactorEnrolment) async throws(Refusal) -> Step {
        let factor = try await enrolment.account().secondFactor
        return factor.map { .enrolled(recoveryCodes: $0.recovery.count) } ?? .password
    }

    func response(to request: EndpointRequest) -> EndpointResponse {
        let form = refusal?.form
        let page = PageShell.html(
            "Second factor", isFaulty: refusal != nil, module: "second-factor.js",
            body: body(requestID: "\(request.id)"))
        return EndpointResponse(
            status: form?.status ?? 200,
            headers: [("Content-Type", "text/html; charset=utf-8"), EndpointResponse.uncached],
            body: Array(page.utf8), code: form?.code)
    }

    private func body(requestID: String) -> String {
        let message = PageShell.problem(refusal, requestID: requestID) { "The \($0 ?? "request")" }
        return """
            <a class="skip" href="#main">Skip to the content</a>
            <header class="top" id="top">
            <a class="brand" href="/account"><img src="\(GatewayFiles.all.address(of: "icon.svg"))" alt="" width="24" height="24">Fillgate</a>
            <form method="post" action="/logout">
            <button type="submit" class="plain">Log out</button>
            </form>
            </header>
            <main id="main" class="page narrow" tabindex="-1">
            <p><a href="/account">Account</a></p>
            <h1>Second factor</h1>
            \(message)<div class="card">
            \(content)
            </div>
            </main>
            """
    }

    private var content: String {
        switch step {
        case .password:
            """
            <p>Bring in an authenticator app: from then on you log in with your password and a code of the app. Any app for
            one-time codes does.</p>
            <form method="post" action="\(Self.path)" class="stack">
            <div class="field">
            <label for="password">Password</label>
            <input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
            <p class="hint">To make sure that it is you.</p>
            </div>
            <div class="row"><button type="submit" class="primary">Go on</button></div>
            </form>
            """
        case .enrolled(let left):
            """
            <p class="row"><span class="badge good">On</span>You log in with a code of your app. Recovery codes left: \(left).</p>
            <div class="row"><a class="button" href="/account">Go to your account</a></div>
            """
        case .secret(let offer):
            """
            <p>Scan this with the app, or type the secret into it.</p>
            <figure class="qr" role="img" aria-label="QR code of the secret below">\(QRCode(offer.uri)?.svg ?? "")</figure>
            <p>Secret: <code>\(HTMLText.escaped(offer.secret.text))</code></p>
            \(Self.codeForm)
            """
        case .code:
            """
            \(Self.codeForm)
            <p>If the app has not got the secret, <a href="\(Self.path)">begin anew</a>: it is not shown again.</p>
            """
        case .done(let codes):
            """
            <p class="row"><span class="badge good">On</span>Done: from now on you log in with a code of your app.</p>
            <p>These recovery codes stand in for the app, each once. Keep them where the phone is not; they are not shown again.</p>
            <ul class="codes" id="codes">
            \(codes.map { "<li><code>\(HTMLText.escaped($0.text))</code></li>" }.joined(separator: "\n"))
            </ul>
            <div class="row" id="codes-actions"><a class="button" href="/account">I have kept them</a></div>
            """
        }
    }

    private static let codeForm = """
        <form method="post" action="\(path)/confirm" class="stack">
        <div class="field">
        <label for="code">Code that the app shows</label>
        <input id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" required autofocus>
        </div>
        <div class="row"><button type="submit" class="primary">Confirm</button></div>
        </form>
        """
}
