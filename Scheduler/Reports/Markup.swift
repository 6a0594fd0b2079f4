import ServiceCore

/// Pieces of HTML and SVG.
package enum Markup {
    /// `text` where a page shows it, in an element or in a quoted attribute.
    package static func text(_ text: String) -> String {
        HTMLText.escaped(ReportText.shown(text))
    }

    /// A length of a drawing, with at most two decimals.
    static func number(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        guard hundredths % 100 != 0 else { return String(hundredths / 100) }
        return String(Double(hundredths) / 100)
    }

    static func rect(
        x: Double, y: Double, width: Double, height: Double, _ classes: String, fill: String? = nil
    ) -> String {
        let fill = fill.map { " fill=\"\($0)\"" } ?? ""
        return "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" "
            + "height=\"\(number(height))\" class=\"\(classes)\"\(fill)/>"
    }

    /// A small sample of how something looks in a chart.
    static func swatch(_ classes: String, fill: String? = nil) -> String {
        "<svg class=\"swatch\" viewBox=\"0 0 22 14\" aria-hidden=\"true\">"
            + rect(x: 0.5, y: 0.5, width: 21, height: 13, classes, fill: fill) + "</svg>"
    }
}
