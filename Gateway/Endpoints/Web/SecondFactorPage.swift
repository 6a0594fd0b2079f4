import GatewayCore

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
        return EndpointResponse(
            status: form?.status ?? 200,
            headers: [("Content-Type", "text/html; charset=utf-8"), EndpointResponse.uncached],
            body: Array(html(requestID: "\(request.id)").utf8), code: form?.code)
    }

    private func html(requestID: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(refusal == nil ? "" : "Error: ")Second factor · Fillgate</title>
        <link rel="icon" href="\(GatewayFiles.all.address(of: "icon.svg"))">
        <link rel="stylesheet" href="\(GatewayFiles.all.address(of: "login.css"))">
        </head>
        <body class="gate">
        <main>
        <h1>Second factor</h1>
        \(message(requestID: requestID))\(content)
        <form method="post" action="/logout">
        <button type="submit" class="aside">Log out</button>
        </form>
        </main>
        </body>
        </html>

        """
    }

    private var content: String {
        switch step {
        case .password:
            """
            <p>Bring in an authenticator app: from then on you log in with your password and a code of the app.</p>
            <form method="post" action="\(Self.path)">
            <label for="password">Password</label>
            <input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
            <button type="submit" class="primary">Go on</button>
            </form>
            """
        case .enrolled(let left):
            "<p>You log in with a code of your app. Recovery codes left: \(left).</p>"
        case .secret(let offer):
            """
            <p>Scan this with the app, or type the secret into it.</p>
            <figure role="img" aria-label="QR code of the secret below">\(QRCode(offer.uri)?.svg ?? "")</figure>
            <p><code>\(HTML.escaped(offer.secret.text))</code></p>
            \(Self.codeForm)
            """
        case .code:
            """
            \(Self.codeForm)
            <p>If the app has not got the secret, <a href="\(Self.path)">begin anew</a>: it is not shown again.</p>
            """
        case .done(let codes):
            """
            <p>Done. These recovery codes stand in for the app, each once. Keep them; they are not shown again.</p>
            <ul>
            \(codes.map { "<li><code>\(HTML.escaped($0.text))</code></li>" }.joined(separator: "\n"))
            </ul>
            """
        }
    }

    private static let codeForm = """
        <form method="post" action="\(path)/confirm">
        <label for="code">Code that the app shows</label>
        <input id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" required autofocus>
        <button type="submit" class="primary">Confirm</button>
        </form>
        """

    private func message(requestID: String) -> String {
        guard let refusal else { return "" }
        var sentences = [refusal.form.detail]
        if case .invalidInput(let faults) = refusal {
            sentences = faults.map { "The \($0.field ?? "request") \($0.message)." }
        }
        let lines = sentences.map { "<p>\(HTML.escaped($0))</p>" }.joined(separator: "\n")
        return """
            <div id="problem" role="alert">
            \(lines)
            <p><small>Request \(HTML.escaped(requestID))</small></p>
            </div>

            """
    }
}
