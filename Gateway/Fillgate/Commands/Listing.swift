import Foundation
import GatewayCore

/// What a command shows: a table for people, or JSON for programs.
enum Listing {
    /// One object or an array of them, keys sorted, times in ISO 8601.
    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Columns under their titles, as wide as their widest cell.
    static func table(_ titles: [String], _ rows: [[String]]) -> String {
        let all = [titles] + rows
        let widths = titles.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { line($0, widths) }.joined(separator: "\n")
    }

    /// Cells in columns of these widths; a cell that is wider pushes the others aside.
    static func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = zip(cells, widths).map { cell, width in
            cell + String(repeating: " ", count: max(0, width - cell.count))
        }.joined(separator: "  ")
        while line.hasSuffix(" ") { line.removeLast() }
        return line
    }

    /// `2026-11-21T20:00:00Z`.
    static func time(_ moment: Timestamp) -> String {
        CalendarText.rfc3339(moment)
    }

    /// Text that others supplied, without what could steer a terminal.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
    }
}
