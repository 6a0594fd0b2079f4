import Foundation
import ServiceCore
import Testing
import Yams

@testable import Fillgate

/// What is written about the metrics, held to what the program shows.
@Suite("Metrics in documents and dashboards")
struct MetricsDocumentTests {
    private static func file(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    @Test("docs/operations.md has each family with its kind, labels and help, in the order of the exposition")
    func documented() throws {
        let rows = try Self.file("docs/operations.md").split(separator: "\n").filter {
            $0.hasPrefix("| `fillgate_") || $0.hasPrefix("| `process_")
        }
        let expected = WorkerMetrics.families.map { family in
            let labels = family.labels.map { "`\($0)`" }.joined(separator: ", ")
            return
                "| `\(family.name)` | \(family.kind.rawValue) | \(labels.isEmpty ? "–" : labels) | \(family.help) |"
        }
        for row in expected where !rows.contains(row[...]) { Issue.record("missing: \(row)") }
        #expect(rows.map(String.init) == expected)
    }

    @Test(
        "names say what is counted and in what: prefix, base unit, _total for counters and for nothing else")
    func names() {
        #expect(Set(WorkerMetrics.families.map(\.name)).count == WorkerMetrics.families.count)
        for family in WorkerMetrics.families {
            #expect(family.name.hasPrefix("fillgate_") || family.name.hasPrefix("process_"))
            #expect(family.name.hasSuffix("_total") == (family.kind == .counter), "\(family.name)")
            #expect(
                family.name.allSatisfy { $0 == "_" || ("a"..."z").contains($0) || ("0"..."9").contains($0) },
                "\(family.name)")
            #expect(!family.labels.contains("le") && Set(family.labels).count == family.labels.count)
            #expect(family.help.hasSuffix("."), "\(family.name)")
            if family.kind == .histogram { #expect(family.name.hasSuffix("_seconds"), "\(family.name)") }
        }
    }

    /// The families that a text names; a name of no family comes back as it is.
    private static func families(in text: String) -> Set<String> {
        let known = Set(WorkerMetrics.families.map(\.name))
        let histograms = Set(WorkerMetrics.families.filter { $0.kind == .histogram }.map(\.name))
        return Set(
            text.matches(of: #/(?:fillgate|process)_[a-z0-9_]+/#).map { match in
                let name = String(match.0)
                guard !known.contains(name) else { return name }
                for suffix in ["_bucket", "_sum", "_count"] where name.hasSuffix(suffix) {
                    let family = String(name.dropLast(suffix.count))
                    if histograms.contains(family) { return family }
                }
                return name
            })
    }

    @Test("the dashboard asks for nothing that is not shown, and its labels are those of the family")
    func dashboard() throws {
        let text = try Self.file("ops/dashboards/fillgate.json")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let panels = try #require(object["panels"] as? [[String: Any]])
        #expect(panels.count > 20)
        #expect(Set(panels.compactMap { $0["id"] as? Int }).count == panels.count)
        let known = Set(WorkerMetrics.families.map(\.name))
        #expect(Self.families(in: text).subtracting(known) == [])
    }

    @Test(
        "each alert names its expression, its severity and a sentence, asks for what is shown, and is in the docs"
    )
    func rules() throws {
        let text = try Self.file("ops/dashboards/rules.yaml")
        let known = Set(WorkerMetrics.families.map(\.name))
        let root = try #require(try Yams.load(yaml: text) as? [String: Any])
        let groups = try #require(root["groups"] as? [[String: Any]])
        let rules = groups.flatMap { $0["rules"] as? [[String: Any]] ?? [] }
        let documents = try Self.file("docs/operations.md")
        #expect(rules.count > 10)
        for rule in rules {
            let name = try #require(rule["alert"] as? String)
            let expression = try #require(rule["expr"] as? String)
            let asked = Self.families(in: expression)
            #expect(asked.subtracting(known) == [], "\(name)")
            // `up` is Prometheus's own.
            #expect(!asked.isEmpty || expression.hasPrefix("up{"), "\(name)")
            #expect(["page", "ticket"].contains((rule["labels"] as? [String: Any])?["severity"] as? String))
            #expect((rule["annotations"] as? [String: Any])?["summary"] is String, "\(name)")
            #expect(documents.contains("`\(name)`"), "\(name)")
            #expect(Self.balanced(expression), "\(name)")
        }
    }

    @Test("a label that an alert or a panel asks by is one of its family's")
    func labels() throws {
        let byName = Dictionary(uniqueKeysWithValues: WorkerMetrics.families.map { ($0.name, $0.labels) })
        let texts = try [Self.file("ops/dashboards/rules.yaml"), Self.file("ops/dashboards/fillgate.json")]
        for match in texts.joined().matches(of: #/((?:fillgate|process)_[a-z0-9_]+)\{([^}]*)\}/#) {
            var name = String(match.1)
            for suffix in ["_bucket", "_sum", "_count"] where byName[name] == nil && name.hasSuffix(suffix) {
                name = String(name.dropLast(suffix.count))
            }
            let labels = try #require(byName[name], "\(name)")
            for asked in String(match.2).matches(of: #/([a-z_]+)(?:=|!)/#) {
                // Given by the scrape.
                guard !["instance", "job", "le"].contains(String(asked.1)) else { continue }
                #expect(labels.contains(String(asked.1)), "\(name) has no \(asked.1)")
            }
        }
    }

    private static func balanced(_ expression: String) -> Bool {
        [("(", ")"), ("{", "}"), ("[", "]")].allSatisfy { pair in
            expression.count { String($0) == pair.0 } == expression.count { String($0) == pair.1 }
        }
    }
}
