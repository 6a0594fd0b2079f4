package import Foundation

/// A result as a file.
package enum ScheduleExport {
    package static let csvMediaType = "text/csv; charset=utf-8"
    package static let jsonMediaType = "application/json"

    /// The activities as CSV: UTF-8 with a byte order mark, so that spreadsheets read it as UTF-8; RFC 4180
    /// quoting; CRLF. A cell that a spreadsheet would take for a formula is defused. The columns `Due` and
    /// `Priority` come last, each only if a lot has it.
    package static func csv(_ result: ScheduleResult) -> String {
        var text = "\u{FEFF}"
        let hasDue = result.activities.contains { $0.due != nil }
        let hasPriority = result.activities.contains { $0.priority != nil }
        text += record(
            ["Start", "End", "Kind", "Lot ID", "Lot Type", "Note", "Duration (h)"]
                + (hasDue ? ["Due"] : []) + (hasPriority ? ["Priority"] : []))
        for activity in result.activities {
            let cells = [
                activity.start.description, activity.end.description, activity.kind.rawValue,
                activity.lotID ?? "", activity.lotType ?? "", activity.note,
            ]
            text += record(
                cells.map(defused) + [String(activity.durationHours)]
                    + (hasDue ? [activity.due?.description ?? ""] : [])
                    + (hasPriority ? [activity.priority.map(String.init) ?? ""] : []))
        }
        return text
    }

    /// The result as the API serves it: one JSON object, keys in alphabetical order.
    package static func json(_ result: ScheduleResult, isPretty: Bool = false) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return try encoder.encode(result)
    }

    /// One record of RFC 4180, with its line end.
    package static func record(_ cells: [String]) -> String {
        cells.map(quoted).joined(separator: ",") + "\r\n"
    }

    /// `cell` in quotes if it holds a comma, a quote, a line end, or space at either end.
    package static func quoted(_ cell: String) -> String {
        let special: Set<UInt8> = [
            0x0A, 0x0D, UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: ";"), 0x09,
        ]
        let bytes = cell.utf8
        let needsQuotes = bytes.contains(where: special.contains) || bytes.first == 0x20 || bytes.last == 0x20
        guard needsQuotes else { return cell }
        return "\"" + cell.replacing("\"", with: "\"\"") + "\""
    }

    /// `cell`, behind an apostrophe if a spreadsheet would take it for a formula: one that starts, after
    /// white space, with `=`, `+`, `-`, `@`, their full-width forms or a tab or carriage return.
    package static func defused(_ cell: String) -> String {
        let scalars = cell.unicodeScalars
        if let first = scalars.first, first == "\t" || first == "\r" { return "'" + cell }
        guard let start = scalars.first(where: { !$0.properties.isWhitespace }) else { return cell }
        let triggers: Set<Unicode.Scalar> = ["=", "+", "-", "@", "＝", "＋", "－", "＠"]
        return triggers.contains(start) ? "'" + cell : cell
    }
}
