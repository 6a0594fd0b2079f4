import SchedulingCore
import TestSupport
import Testing

@Suite("fillscheduler compare")
struct CompareCommandTests {
    private let lots = Fixtures.url("lots.csv").path

    private struct Report: Decodable {
        struct Entry: Decodable {
            var strategy: String
            var makespan: Double
        }
        var bestStrategy: String
        var results: [Entry]

        enum CodingKeys: String, CodingKey {
            case results
            case bestStrategy = "best_strategy"
        }
    }

    @Test("all available strategies are compared, best first")
    func all() throws {
        let report: Report = try CommandRun("compare", lots, "--format", "json").json()
        #expect(report.results.count == 6 && report.results.last?.strategy == "spt-pack")
        #expect(report.results.map(\.makespan) == report.results.map(\.makespan).sorted())
        #expect(report.bestStrategy == report.results.first?.strategy)
    }

    @Test("of strategies that are equally good, the one asked for first is best")
    func ties() throws {
        let run = try CommandRun("compare", lots, "--strategies", "spt,cfs,lpt", "--format", "json")
        let report: Report = try run.json()
        #expect(report.results.map(\.strategy) == ["cfs-pack", "lpt-pack", "spt-pack"])
    }

    @Test("a table and CSV have a line for each strategy")
    func formats() throws {
        let table = try CommandRun("compare", lots, "--strategies", "spt,lpt")
        #expect(table.output.contains("lpt-pack        497.16       best"))
        #expect(table.output.contains("spt-pack        501.16      +4.00"))
        let csv = try CommandRun("compare", lots, "--strategies", "spt,lpt", "--format", "csv")
        #expect(
            csv.output.split(separator: "\r\n").count == 3 && csv.output.hasPrefix("Strategy,Makespan (h),"))
    }

    @Test("fewer than two strategies, one twice, an unknown one and none are wrong usage")
    func wrongUsage() throws {
        for strategies in ["lpt", "lpt,lpt-pack", "lpt,best", "", "lpt,"] {
            let run = try CommandRun("compare", lots, "--strategies", strategies)
            #expect(run.exitCode == 2 && run.output.isEmpty, "\(strategies)")
        }
    }
}
