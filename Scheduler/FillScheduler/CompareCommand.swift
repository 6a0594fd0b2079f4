import ArgumentParser
import Foundation
import SchedulingCore
import SchedulingStrategies

/// `fillscheduler compare FILE`: the same lots by several strategies, best first.
struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Plan the lots of a file with several strategies.")

    @OptionGroup var input: LotsFile

    @Option(help: "2 to 6 strategies, separated by commas. (default: all)")
    var strategies: String?

    @OptionGroup var options: RunOptions

    @Option(help: "table, csv or json.")
    var format = OutputFormat.table

    func run() async throws {
        let entries = try chosen()
        let config = try input.readConfig()
        let task = PlanningTask(lots: try input.readLots(config), config: config)
        // Makespans do not depend on the start.
        let start = UTCTime(microseconds: 0)
        var runs: [PlanRun] = []
        for (index, entry) in entries.enumerated() {
            runs.append(
                try PlanRun.plan(
                    task, with: entry, startingAt: start, timeLimit: options.timeLimit,
                    step: "\(index + 1) of \(entries.count), "))
        }
        let comparison = Comparison(runs)
        switch format {
        case .csv: print(comparison.csv, terminator: "")
        case .json: print(try ReportJSON.text(comparison))
        case .table: print(comparison.table, terminator: "")
        }
    }

    private func chosen() throws -> [Catalogue.Entry] {
        guard let strategies else { return Catalogue.entries }
        let names = strategies.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let entries = try names.map { try PlanRun.entry(named: $0) }
        guard (2...6).contains(entries.count), Set(entries.map(\.name)).count == entries.count else {
            throw ValidationError("--strategies takes 2 to 6 different strategies")
        }
        return entries
    }
}

/// Runs over the same lots, shortest makespan first; equals keep the order in which they were asked for.
struct Comparison: Encodable {
    let runs: [PlanRun]

    init(_ runs: [PlanRun]) {
        self.runs = runs.enumerated().sorted {
            ($0.element.plan.result.makespan, $0.offset) < ($1.element.plan.result.makespan, $1.offset)
        }.map(\.element)
    }

    private enum CodingKeys: String, CodingKey {
        case results
        case bestStrategy = "best_strategy"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(runs.map(ComparedRun.init), forKey: .results)
        try container.encode(runs.first?.strategy, forKey: .bestStrategy)
    }

    var csv: String {
        var text = ScheduleExport.record(
            ["Strategy", "Makespan (h)", "Utilization", "Changeovers", "Blocks", "Lots", "Seconds"])
        for run in runs {
            let result = run.plan.result
            text += ScheduleExport.record([
                run.strategy, String(result.makespan), String(result.utilization), String(result.changeovers),
                String(result.kpis.blocks), String(result.lotsScheduled), String(run.seconds),
            ])
        }
        return text
    }

    var table: String {
        var table = TextTable([
            ("Strategy", .left), ("Makespan (h)", .right), ("Over best", .right), ("Filling", .right),
            ("Changeovers", .right), ("Blocks", .right), ("Seconds", .right),
        ])
        let best = runs.first?.plan.result.makespan ?? 0
        for run in runs {
            let result = run.plan.result
            let over = result.makespan - best
            table.add([
                run.strategy, HoursText.rounded(result.makespan),
                over == 0 ? "best" : "+" + HoursText.rounded(over),
                HoursText.rounded(result.utilization * 100) + " %", String(result.changeovers),
                String(result.kpis.blocks), String(format: "%.3f", run.seconds),
            ])
        }
        return table.text
    }
}

/// One line of a comparison: a plan's figures without its activities.
private struct ComparedRun: Encodable {
    var run: PlanRun

    init(_ run: PlanRun) { self.run = run }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: PlanReport.CodingKeys.self)
        try PlanReport(run).encodeFigures(to: &container)
    }
}
