/// A figure of the key figures: the same in every format.
struct KeyFigure {
    enum Value {
        case whole(Int64)
        case hours(Double)
        /// 0 to 1.
        case share(Double)
        /// With two decimals.
        case decimal(Double)
    }

    var name: String
    var value: Value
    /// What the number counts, for a column of its own; empty where the value says it.
    var unit = ""

    /// Every figure of the result, in the order in which people read them.
    static func all(of report: ScheduleReport) -> [KeyFigure] {
        let result = report.result
        let figures = result.kpis
        return [
            KeyFigure(name: "Makespan", value: .hours(result.makespan), unit: "h"),
            KeyFigure(name: "Utilisation", value: .share(result.utilization), unit: "of the makespan"),
            KeyFigure(name: "Lots", value: .whole(Int64(result.lotsScheduled))),
            KeyFigure(name: "Vials", value: .whole(figures.vials)),
            KeyFigure(name: "Vials per hour", value: .decimal(figures.vialsPerHour), unit: "of the makespan"),
            KeyFigure(name: "Blocks", value: .whole(Int64(figures.blocks))),
            KeyFigure(name: "Changeovers", value: .whole(Int64(result.changeovers))),
            KeyFigure(name: "Changeovers, same type", value: .whole(Int64(figures.changeoversSameType))),
            KeyFigure(name: "Changeovers, other type", value: .whole(Int64(figures.changeoversOtherType))),
            KeyFigure(name: "Filling", value: .hours(figures.fillHours), unit: "h"),
            KeyFigure(name: "Cleaning", value: .hours(figures.cleanHours), unit: "h"),
            KeyFigure(name: "Changing over", value: .hours(figures.changeoverHours), unit: "h"),
            KeyFigure(name: "Unused window", value: .hours(figures.unusedWindowHours), unit: "h"),
            KeyFigure(name: "Window violations", value: .whole(Int64(result.windowViolations))),
        ]
    }
}

/// The few figures that stand at the top, each with a second line that explains it.
struct Headline {
    var name: String
    var value: String
    var note: String

    static func all(of report: ScheduleReport) -> [Headline] {
        let result = report.result
        let figures = result.kpis
        return [
            Headline(
                name: "Makespan", value: ReportText.hours(result.makespan) + " h",
                note: ReportText.span(result.makespan)),
            Headline(
                name: "Utilisation", value: ReportText.percent(result.utilization),
                note: "of the time the line fills"),
            Headline(
                name: "Lots", value: ReportText.whole(Int64(result.lotsScheduled)),
                note: ReportText.whole(figures.vials) + " vials"),
            Headline(
                name: "Blocks", value: ReportText.whole(Int64(figures.blocks)),
                note: ReportText.hours(figures.cleanHours) + " h of cleaning"),
            Headline(
                name: "Changeovers", value: ReportText.whole(Int64(result.changeovers)),
                note: "\(ReportText.whole(Int64(figures.changeoversSameType))) same type, "
                    + "\(ReportText.whole(Int64(figures.changeoversOtherType))) other"),
            Headline(
                name: "Vials per hour", value: ReportText.whole(Int64(figures.vialsPerHour.rounded())),
                note: "over the makespan"),
        ]
    }
}
