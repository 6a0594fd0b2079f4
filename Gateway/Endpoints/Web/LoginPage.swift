import GatewayCore

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
        return EndpointResponse(
            status: form?.status ?? 200,
            headers: [("Content-Type", "text/html; charset=utf-8"), EndpointResponse.uncached] + headers,
            body: Array(html(requestID: "\(request.id)").utf8), code: form?.code)
    }

    private func html(requestID: String) -> String {
        let title = refusal == nil ? "Log in" : "Error: Log in"
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(title) · Fillgate</title>
            <link rel="icon" href="\(GatewayFiles.all.address(of: "icon.svg"))">
            <link rel="stylesheet" href="\(GatewayFiles.all.address(of: "login.css"))">
            </head>
            <body class="gate">
            <main>
            <h1>Log in</h1>
            \(message(requestID: requestID))<form method="post" action="/login">
            \(nextField)<label for="username">E-mail address</label>
            <input id="username" name="username" type="email" autocomplete="username" required autofocus\(described)>
            <label for="password">Password</label>
            <input id="password" name="password" type="password" autocomplete="current-password" required\(described)>
            <label for="code">One-time code, if you use one</label>
            <input id="code" name="code" type="text" autocomplete="one-time-code" autocapitalize="off" spellcheck="false" maxlength="64"\(described)>
            <button type="submit" class="primary">Log in</button>
            </form>
            </main>
            </body>
            </html>

            """
    }

    private var described: String { refusal == nil ? "" : #" aria-describedby="problem""# }

    private var nextField: String {
        guard let next else { return "" }
        return "<input type=\"hidden\" name=\"next\" value=\"\(HTML.escaped(next.text))\">\n"
    }

    private func message(requestID: String) -> String {
        guard let refusal else { return "" }
        var sentences = [refusal.form.detail]
        if case .invalidInput(let faults) = refusal {
            sentences = faults.map { fault in
                let field =
                    switch fault.field {
                    case "password": "The password"
                    case "code": "The one-time code"
                    default: "The e-mail address"
                    }
                return "\(field) \(fault.message)."
            }
        }
        let lines = (sentences.map { "<p>\(HTML.escaped($0))</p>" }).joined(separator: "\n")
        return """
            <div id="problem" role="alert">
            \(lines)
            <p><small>Request \(HTML.escaped(requestID))</small></p>
            </div>

            """
    }
}

enum HTML {
    /// `text` for the content of an element or a quoted attribute.
    static func escaped(_ text: String) -> String {
        var safe = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": safe += "&amp;"
            case "<": safe += "&lt;"
            case ">": safe += "&gt;"
            case "\"": safe += "&quot;"
            case "'": safe += "&#39;"
            default: safe.unicodeScalars.append(character)
            }
        }
        return safe
    }
}
