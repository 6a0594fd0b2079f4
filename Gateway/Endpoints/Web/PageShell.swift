import GatewayCore
import ServiceCore

/// What the pages that are written on the server have in common: they work without any script.
enum PageShell {
    /// A whole page. `title` is its heading; `isFaulty` puts an error before it in the window's title, where it is heard
    /// first. `module` names a file that makes the page more convenient, and `body` is HTML.
    static func html(
        _ title: String, isFaulty: Bool, bodyClass: String? = nil, module: String? = nil, body: String
    ) -> String {
        let files = GatewayFiles.all
        let script = module.map {
            "<script type=\"module\" src=\"\(files.address(of: $0))\"></script>\n"
        }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(isFaulty ? "Error: " : "")\(title) · Fillgate</title>
            <link rel="icon" href="\(files.address(of: "icon.svg"))">
            <link rel="stylesheet" href="\(files.address(of: "gateway.css"))">
            \(script ?? "")</head>
            <body\(bodyClass.map { " class=\"\($0)\"" } ?? "")>
            \(body)
            </body>
            </html>

            """
    }

    /// The box that says why a page is shown again; empty where there is no reason.
    static func problem(_ refusal: Refusal?, requestID: String, fields: (String?) -> String) -> String {
        guard let refusal else { return "" }
        var sentences = [refusal.form.detail]
        if case .invalidInput(let faults) = refusal {
            sentences = faults.map { "\(fields($0.field)) \($0.message)." }
        }
        let lines = sentences.map { "<p>\(HTMLText.escaped($0))</p>" }.joined(separator: "\n")
        return """
            <div id="problem" class="notice bad" role="alert">
            \(lines)
            <p class="small">Request <code class="request-id">\(HTMLText.escaped(requestID))</code></p>
            </div>

            """
    }

    /// The name of the place over a card.
    static var sign: String {
        """
        <p class="sign"><img src="\(GatewayFiles.all.address(of: "icon.svg"))" alt="" width="36" height="36">Fillgate</p>
        """
    }
}
