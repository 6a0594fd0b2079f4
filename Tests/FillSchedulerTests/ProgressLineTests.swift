import SchedulingCore
import TestSupport
import Testing

@Suite("A line of progress at a terminal")
struct ProgressLineTests {
    private let small = Fixtures.url("lots.csv").path
    private let large = Fixtures.url("lots_large.csv").path
    /// Back to the start of the line, and clear it.
    private static let cleared = "\r\u{1B}[K"

    @Test("a plan that takes longer than a second says how far it is, and leaves nothing on the screen")
    func plan() throws {
        let run = try TerminalRun(
            "plan", large, "--strategy", "milp", "--time-limit", "6", "--format", "csv")
        #expect(run.exitCode == 0 && run.output.hasPrefix("\u{FEFF}Start,"))
        #expect(run.screen.contains("\rmilp-opt: 1 s  "))
        #expect(run.screen.contains(" %  ") && run.screen.contains("  best 36"))
        #expect(run.screen.hasSuffix(Self.cleared) && !run.screen.contains("\n"))
        for line in run.screen.split(separator: "\r") { #expect(line.count <= 79 + 3) }
    }

    @Test("a comparison says which of the strategies it is at")
    func compare() throws {
        let run = try TerminalRun(
            "compare", large, "--strategies", "lpt,milp", "--time-limit", "2", "--format", "csv")
        #expect(run.exitCode == 0 && run.screen.contains("\r2 of 2, milp-opt: "))
        #expect(run.screen.hasSuffix(Self.cleared))
    }

    @Test("what is done within a second says nothing, and neither does a terminal that clears no lines")
    func quick() throws {
        let quick = try TerminalRun("plan", small, "--strategy", "lpt")
        #expect(quick.exitCode == 0 && quick.screen.isEmpty)
        let dumb = try TerminalRun(
            "plan", large, "--strategy", "milp", "--time-limit", "2", term: "dumb")
        #expect(dumb.exitCode == 0 && dumb.screen.isEmpty)
    }

    @Test("where standard error is no terminal it stays empty")
    func noTerminal() throws {
        let run = try CommandRun("plan", large, "--strategy", "milp", "--time-limit", "2")
        #expect(run.exitCode == 0 && run.errors.isEmpty)
    }
}
