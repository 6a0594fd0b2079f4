import GatewayCore
import ServiceCore

/// The page on which people log in: one form, no script, no style of its own but a file.
struct LoginPage {
    /// Where the browser goes afterwards.
    var next: LocalPath?
    /// Why the page is shown again. What was typed is not repeated: the answer for an account that exists
    /// must be the answer for one that does not.
    var refusal: Refusal?

    func response(to request: EndpointRequest) -> EndpointResponse {
        let form = refusal?.form
        let headers = (form?.headers ?? []).filter { $0.name == "Retry-After" }
        let page = PageShell.html(
            "Log in", isFaulty: refusal != nil, bodyClass: "gate", body: body(requestID: "\(request.id)"))
        return EndpointResponse(
            status: form?.status ?? 200,
            headers: [("Content-Type", "text/html; charset=utf-8"), EndpointResponse.uncached] + headers,
            body: Array(page.utf8), code: form?.code)
    }

    private func body(requestID: String) -> String {
        """
        <main>
        \(PageShell.sign)
        <div class="card">
        <h1>Log in</h1>
        \(message(requestID: requestID))<form method="post" action="/login">
        \(nextField)<div class="field">
        <label for="username">E-mail address</label>
        <input id="username" name="username" type="email" autocomplete="username" required autofocus\(described)>
        </div>
        <div class="field">
        <label for="password">Password</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required\(described)>
        </div>
        <div class="field">
        <label for="code">One-time code</label>
        <input id="code" name="code" type="text" autocomplete="one-time-code" autocapitalize="off" spellcheck="false" maxlength="64" aria-describedby="code-hint\(refusal == nil ? "" : " problem")">
        <p id="code-hint" class="hint">Only if you have an authenticator app: its six digits, or a recovery code.</p>
        </div>
        <button type="submit" class="primary">Log in</button>
        </form>
        </div>
        <p class="foot small quiet">No account, or no way in? An administrator helps.</p>
        </main>
        """
    }

    private var described: String { refusal == nil ? "" : #" aria-describedby="problem""# }

    private var nextField: String {
        guard let next else { return "" }
        return "<input type=\"hidden\" name=\"next\" value=\"\(HTMLText.escaped(next.text))\">\n"
    }

    private func message(requestID: String) -> String {
        PageShell.problem(refusal, requestID: requestID) { field in
            switch field {
            case "password": "The password"
            case "code": "The one-time code"
            default: "The e-mail address"
            }
        }
    }
}
