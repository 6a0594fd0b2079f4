import ArgumentParser
import Foundation
import SchedulingCore
import SchedulingStrategies

/// `fillscheduler plan FILE`: one schedule.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Plan the lots of a file with one strategy.")

    @OptionGroup var input: LotsFile

    @Option(help: "The strategy, by name or alias.")
    var strategy = Catalogue.defaultName

    @Option(help: "The start of the first clean, such as 2026-01-05T06:00:00Z. (default: now)")
    var start: String?

    @OptionGroup var options: RunOptions

    @Option(help: "table, csv, json, or a report: xlsx, pdf or html.")
    var format = PlanFormat.table

    @Option(
        name: [.short, .long], help: "Where the result goes. (default: standard output)", completion: .file())
    var output: String?

    func validate() throws {
        if output == nil, format.isBinary, isatty(STDOUT_FILENO) == 1 {
            throw ValidationError("--format \(format.rawValue) takes --output FILE, or a pipe")
        }
    }

    func run() async throws {
        let entry = try PlanRun.entry(named: strategy)
        let start = try PlanRun.start(start)
        let config = try input.readConfig()
        let task = PlanningTask(lots: try input.readLots(config), config: config)
        let run = try PlanRun.plan(task, with: entry, startingAt: start, timeLimit: options.timeLimit)
        try write(format.file(of: run, named: input.title))
    }

    private func write(_ file: Data) throws(CommandRefusal) {
        do {
            guard let output else { return try FileHandle.standardOutput.write(contentsOf: file) }
            try file.write(to: URL(filePath: output), options: .atomic)
        } catch {
            throw CommandRefusal(lines: ["\(output ?? "standard output"): \(LotsFile.reason(error))"])
        }
    }
}

/// One strategy's run over one task.
struct PlanRun {
    var strategy: String
    var plan: Planner.Plan
    /// Seconds that the strategy, the timeline and the audit took together.
    var seconds: Double

    /// Plans `task`, with a line of progress at a terminal.
    /// - Parameter step: which of several runs this is, such as `2 of 6, `.
    static func plan(
        _ task: PlanningTask, with entry: Catalogue.Entry, startingAt start: UTCTime, timeLimit: Double,
        step: String = ""
    ) throws -> PlanRun {
        let clock = ContinuousClock()
        let begin = clock.now
        let deadline = begin.advanced(by: .seconds(timeLimit))
        let output = ResultOutput()
        defer { output.restore() }
        do {
            let strategy = try Catalogue.strategy(named: entry.name)
            let plan = try ProgressLine.during(step + entry.name) { report in
                let watch = PlanningWatch(
                    isOutOfTime: { clock.now >= deadline },
                    secondsLeft: { (deadline - clock.now) / .seconds(1) },
                    progress: { report($0.line) })
                return try Planner.plan(task, with: strategy, startingAt: start, watch: watch)
            }
            return PlanRun(strategy: entry.name, plan: plan, seconds: (clock.now - begin) / .seconds(1))
        } catch PlanningFault.failedAudit(let violations) {
            throw CommandRefusal(lines: [
                "\(entry.name) made a schedule that breaks the rules of the line: \(violations)"
            ])
        }
    }

    /// The strategy of an argument. An unknown name is wrong usage.
    static func entry(named name: String) throws -> Catalogue.Entry {
        do throws(StrategyRefusal) {
            return try Catalogue.entry(named: name)
        } catch {
            throw ValidationError(error.description)
        }
    }

    /// The start of an argument; now, to the second, where there is none.
    static func start(_ text: String?) throws -> UTCTime {
        guard let text else {
            return UTCTime(microseconds: Int64(Date().timeIntervalSince1970) * 1_000_000)
        }
        do throws(InputFaults) {
            let start = try StartTime(parsing: text, field: "--start")
            if let warning = start.warning { StandardError.write("--start: warning: \(warning.message)") }
            return start.time
        } catch {
            throw ValidationError(
                error.faults.map { "\($0.field ?? ""): \($0.message)" }.joined(separator: "\n"))
        }
    }
}

extension ScheduleProgress {
    /// How far it is, for people.
    fileprivate var line: String {
        func hours(_ value: Double) -> String { HoursText.rounded(value) + " h" }
        return ProgressLine.details(
            fraction: fraction, message: message, best: bestMakespan.map(hours), bound: bound.map(hours))
    }
}
