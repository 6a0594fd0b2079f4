import ArgumentParser
import Foundation
import PackingSolver
import SchedulingCore
import Synchronization

/// `fillscheduler solve FILE`: an instance of bin packing with setups, by the solver of `milp-opt`.
struct SolveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "solve",
        abstract: "Solve an instance of the bin packing problem with setups.",
        discussion: """
            The file has a line with the number of items, the number of classes, the capacity and the bin cost; a \
            line for each class with its setup cost, setup weight and number of items; and a weight a line, class \
            after class (the format of Baldacci et al., arXiv 2509.10075; costs count by their absolute value). \
            Prints one line of JSON. SIGINT ends the search early, with the best found so far.
            """)

    @Argument(help: "The instance; - for standard input.", completion: .file())
    var file: String

    @Option(help: "The seconds after which the search gives the best it has.")
    var timeLimit = 30.0

    @Option(help: "Where the random numbers of the search start; the same seed gives the same search.")
    var seed: UInt64 = 1

    func validate() throws {
        guard timeLimit > 0, timeLimit <= 86_400 else {
            throw ValidationError("--time-limit is more than 0 and at most 86400 seconds")
        }
    }

    func run() async throws {
        let clock = ContinuousClock()
        let begin = clock.now
        let deadline = begin.advanced(by: .seconds(timeLimit))
        let instance = try readInstance()
        Interruption.watch()
        let output = ResultOutput()
        var options = SolverOptions()
        options.seed = seed
        let result = ProgressLine.during("solve") { report in
            PackingSolver.solve(
                instance, options: options,
                watch: SolverWatch(
                    isCancelled: { Interruption.isAsked },
                    secondsLeft: { (deadline - clock.now) / .seconds(1) },
                    progress: { step in
                        report(
                            ProgressLine.details(
                                fraction: nil, message: "\(step.nodes) nodes", best: "\(step.objective)",
                                bound: "\(step.bound)"))
                    }))
        }
        output.restore()
        print(try SolveReport(result, seconds: (clock.now - begin) / .seconds(1)).line())
    }

    private func readInstance() throws(CommandRefusal) -> PackingInstance {
        let shown = file == "-" ? "standard input" : file
        do {
            return try InstanceText.read(try LotsFile.bytes(of: file))
        } catch let fault as InstanceTextFault {
            throw CommandRefusal(lines: ["\(shown):\(fault)"])
        } catch let faults as InputFaults {
            throw CommandRefusal(lines: faults.faults.map { LotsFile.line(for: $0, in: shown) })
        } catch {
            throw CommandRefusal(lines: ["\(shown): \(error)"])
        }
    }
}

/// The line that `solve` prints.
private struct SolveReport: Encodable {
    var objective: Int64
    var bound: Int64
    var gap: Double
    var proven: Bool
    var seconds: Double
    var columns: Int
    var nodes: Int

    init(_ result: SolverResult, seconds: Double) {
        objective = result.objective
        bound = result.bound
        gap = result.gap
        proven = result.isProven
        self.seconds = seconds
        columns = result.columns
        nodes = result.nodes
    }

    func line() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

/// Whether the search is asked to end by SIGINT. A second one ends the program.
private enum Interruption {
    private static let asked = Atomic(false)

    static var isAsked: Bool { asked.load(ordering: .relaxed) }

    static func watch() {
        // Read once, so that the handler finds it initialised.
        _ = isAsked
        signal(SIGINT) { _ in
            Interruption.asked.store(true, ordering: .relaxed)
            signal(SIGINT, SIG_DFL)
        }
    }
}
