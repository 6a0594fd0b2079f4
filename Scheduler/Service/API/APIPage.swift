import ScheduleReports
import ServiceCore

/// The OpenAPI document as a page that needs nothing from elsewhere and runs nothing.
struct APIPage {
    let routes: [APIContract.Route]
    let settings: ServiceSettings

    static let style = PageStyle(css: String(decoding: PackageResources.api_css, as: UTF8.self))

    var text: String {
        var groups = ""
        var links = ""
        for tag in Operation.Tag.allCases {
            let members = routes.filter { $0.operation.tag == tag }
            guard !members.isEmpty else { continue }
            groups += "<section><h2 id=\"\(tag.rawValue)\">\(tag.rawValue)</h2>\n"
            groups += members.map(section).joined() + "</section>\n"
            links += "<li><a href=\"#\(tag.rawValue)\">\(tag.rawValue)</a><ul>"
            links += members.map { route in
                "<li><a href=\"#\(route.operation.id)\"><b class=\"\(route.method.rawValue.lowercased())\">"
                    + "\(route.method.rawValue)</b> \(HTMLText.escaped(route.shortPath))</a></li>"
            }.joined()
            links += "</ul></li>"
        }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Fillgate: API</title>
            <style>\(Self.style.css)</style>
            </head>
            <body>
            <nav aria-label="Operations"><p><a href="#top">Fillgate API</a></p><ul>\(links)\
            <li><a href="#schemas">Schemas</a></li></ul></nav>
            <main id="top">
            <h1>Fillgate scheduler: API</h1>
            \(introduction)
            \(groups)<section><h2 id="schemas">Schemas</h2>
            \(Component.allCases.map(schema).joined())</section>
            </main>
            </body>
            </html>

            """
    }

    private var introduction: String {
        """
        <p>Callers show an API key or the token of a session. Errors are problems (RFC 9457) with a stable
        <code>code</code>; times are RFC 3339 in UTC; every answer has an <code>X-Request-ID</code>. For
        programs there is <a href="/api/v1/openapi.json">openapi.json</a> (OpenAPI \(OpenAPIDocument.version)).</p>
        <p>The examples take the gateway's address and a key from the environment:</p>
        <pre>export FILLGATE_URL=https://fillgate.example FILLGATE_KEY=fgk_…</pre>
        """
    }

    // MARK: - Operations

    private func section(_ route: APIContract.Route) -> String {
        let operation = route.operation
        var text = """
            <article id="\(operation.id)">
            <h3><b class="\(route.method.rawValue.lowercased())">\(route.method.rawValue)</b> \
            <code>\(HTMLText.escaped(route.path))</code></h3>
            <p>\(HTMLText.escaped(operation.summary)) \(HTMLText.escaped(operation.detail))</p>

            """
        if !operation.parameters.isEmpty {
            let rows = operation.parameters.map { parameter in
                Self.row([
                    "<code>\(HTMLText.escaped(parameter.name))</code>", parameter.place.rawValue,
                    kind(parameter.schema.tree), HTMLText.escaped(parameter.detail),
                ])
            }
            text += Self.table(["Parameter", "In", "Value", ""], rows)
        }
        for content in operation.body {
            text += "<h4>Body, <code>\(content.type)</code></h4>\n"
            text += content.schema.map { members(of: $0.tree) } ?? ""
        }
        text += Self.table(
            ["Status", "Answer"], operation.answers.map(answer) + refusals(of: operation))
        text += "<pre>\(HTMLText.escaped(curl(route)))</pre>\n</article>\n"
        return text
    }

    private func answer(_ answer: Operation.Answer) -> String {
        let contents = answer.contents.map { content in
            " <code>\(content.type)</code>" + (content.schema.map { ": " + kind($0.tree) } ?? "")
        }
        return Self.row([
            "\(answer.status)", HTMLText.escaped(answer.detail) + contents.joined(separator: ","),
        ])
    }

    private func refusals(of operation: Operation) -> [String] {
        RefusalAnswer.all(of: operation, under: settings).map { refusal in
            let words = refusal.meanings.map { meaning in
                "<code>\(meaning.code)</code> \(HTMLText.escaped(meaning.detail))"
            }
            return Self.row(["\(refusal.status)", words.joined(separator: "<br>")])
        }
    }

    private func curl(_ route: APIContract.Route) -> String {
        let operation = route.operation
        var command = "curl -sS --fail-with-body"
        if !operation.isOpen { command += " --oauth2-bearer \"$FILLGATE_KEY\"" }
        if route.method != .get { command += " -X \(route.method.rawValue)" }
        if let example = operation.body.compactMap(\.example).first {
            command += " \\\n  --json '\(WireJSON.text(example))'"
        }
        if operation.answers.contains(where: { $0.contents.contains { $0.type == "text/event-stream" } }) {
            command += " -N"
        }
        return command + " \\\n  \"$FILLGATE_URL\(route.path.replacing("{id}", with: "$ID"))\""
    }

    // MARK: - Schemas

    private func schema(_ component: Component) -> String {
        let tree = component.schema(under: settings).tree
        let words = tree["description"]?.text.map { "<p>\(HTMLText.escaped($0))</p>" } ?? ""
        return "<article id=\"schema-\(component.rawValue)\"><h3>\(component.rawValue)</h3>\(words)\n"
            + members(of: tree) + "</article>\n"
    }

    /// The members of an object, or what else it is.
    private func members(of tree: JSONTree) -> String {
        let required = Set((tree["required"]?.elements ?? []).compactMap(\.text))
        let properties = tree["properties"]?.members ?? [:]
        guard !properties.isEmpty else { return "<p>\(kind(tree))</p>\n" }
        let names = properties.keys.sorted {
            required.contains($0) == required.contains($1) ? $0 < $1 : required.contains($0)
        }
        let rows = names.map { name in
            let value = properties[name] ?? nil
            let mark = required.contains(name) ? "" : "?"
            return Self.row([
                "<code>\(HTMLText.escaped(name))</code>\(mark)", kind(value),
                HTMLText.escaped(value["description"]?.text ?? ""),
            ])
        }
        return Self.table(["Member", "Value", ""], rows)
    }

    /// A few words for what a value may be.
    private func kind(_ tree: JSONTree) -> String {
        if let reference = tree["$ref"]?.text {
            let name = reference.split(separator: "/").last.map(String.init) ?? ""
            return "<a href=\"#schema-\(name)\">\(name)</a>"
        }
        if let any = tree["anyOf"]?.elements { return any.map(kind).joined(separator: " or ") }
        if let words = tree["enum"]?.elements {
            let texts = words.compactMap(\.text).map(HTMLText.escaped)
            return texts.map { "<code>\($0)</code>" }.joined(separator: ", ")
        }
        if let value = tree["const"] { return "<code>\(HTMLText.escaped(WireJSON.text(value)))</code>" }
        switch tree["type"]?.text {
        case "array": return "array of \(tree["items"].map(kind) ?? "values")\(bounds(tree, "Items"))"
        case "object": return "object"
        case "string": return (tree["format"]?.text ?? "string") + bounds(tree, "Length")
        case let type?: return type + figures(tree)
        case nil: return "value"
        }
    }

    private func bounds(_ tree: JSONTree, _ what: String) -> String {
        guard let most = tree["max" + what] else { return "" }
        return " (\(WireJSON.text(tree["min" + what] ?? 0)) to \(WireJSON.text(most)))"
    }

    private func figures(_ tree: JSONTree) -> String {
        guard let least = tree["minimum"] else { return "" }
        guard let most = tree["maximum"] else { return " from \(WireJSON.text(least))" }
        return " \(WireJSON.text(least)) to \(WireJSON.text(most))"
    }

    // MARK: - Tables

    private static func row(_ cells: [String]) -> String {
        "<tr>" + cells.map { "<td>\($0)</td>" }.joined() + "</tr>\n"
    }

    private static func table(_ heads: [String], _ rows: [String]) -> String {
        "<table><thead><tr>" + heads.map { "<th scope=\"col\">\($0)</th>" }.joined()
            + "</tr></thead>\n<tbody>\n"
            + rows.joined() + "</tbody></table>\n"
    }
}

extension APIContract.Route {
    /// The path without what all have in common.
    fileprivate var shortPath: String {
        path.hasPrefix("/api/v1/") ? String(path.dropFirst("/api/v1".count)) : path
    }
}
