import SchedulingCore
import TestSupport
import Testing

@testable import SchedulingStrategies

@Suite("Packing many lots")
struct ManyLotsTests {
    @Test("the first number of at most a limit is found as by looking at each, while numbers are taken out")
    func leastTree() {
        var random = SplitMix(seed: 7)
        for count in [0, 1, 2, 3, 7, 8, 9, 100] {
            var numbers = (0..<count).map { _ in Int64.random(in: 0...20, using: &random) }
            var tree = LeastTree(numbers)
            for _ in 0...count {
                for limit: Int64 in [.min, -1, 0, 5, 20, 21, .max - 1] {
                    #expect(tree.first(atMost: limit) == numbers.firstIndex { $0 <= limit })
                }
                guard let place = numbers.indices.randomElement(using: &random) else { continue }
                numbers[place] = .max
                tree.remove(at: place)
            }
        }
    }

    @Test("the definitions take the lots that looking at every lot in turn takes, whatever the rules")
    func asDefined() throws {
        for seed in 0..<200 as Range<UInt64> {
            let task =
                seed % 2 == 0
                ? try Sample.random(seed: seed) : try Sample.anything(seed: seed, most: 40)
            let problem = PackingProblem(task)
            let orders = [
                LPTPack.order(of: problem), SPTPack.order(of: problem),
                CFSPack.order(of: problem, clusters: .hours, within: .shortestFirst),
            ]
            for order in orders {
                let blocks = try OrderedPacker.pack(problem, order: order, watch: PlanningWatch())
                #expect(blocks == Self.packedByLooking(problem, order: order), "seed \(seed)")
            }
        }
    }

    /// The definition, word by word.
    private static func packedByLooking(_ problem: PackingProblem, order: [Int]) -> [[Int]] {
        var waiting = order
        var blocks: [[Int]] = []
        while !waiting.isEmpty {
            var block: [Int] = []
            var room = problem.window
            while true {
                let current = block.last.map { problem.type[$0] }
                let fitting = waiting.filter { problem.cost(of: $0, after: current) <= room }
                guard let lot = fitting.first(where: { problem.type[$0] == current }) ?? fitting.first else {
                    break
                }
                room -= problem.cost(of: lot, after: current)
                block.append(lot)
                waiting.removeAll { $0 == lot }
            }
            blocks.append(block)
        }
        return blocks
    }

    @Test("as many lots as the service takes are packed by the definitions, and 50,000 too")
    func definitionsOfMany() throws {
        for count in [InputLimits.mostLots, 50_000] {
            let task = Self.many(count)
            for name in Sample.definitions {
                let plan = try Sample.plan(task, name)
                #expect(plan.result.lotsScheduled == count)
                #expect(plan.result.makespan < 1.5 * plan.result.kpis.fillHours)
            }
        }
    }

    @Test(
        "smart and hybrid are no worse than the definitions on 1,000 lots, too",
        arguments: ["smart", "hybrid"])
    func scored(strategy: String) throws {
        let task = Self.many(1_000)
        let best = try Sample.definitions.map { try Sample.plan(task, $0).result.makespan }.min()
        let plan = try Sample.plan(task, strategy)
        #expect(plan.result.makespan <= (try #require(best)))
    }

    /// Lots of 0.5 to 60 hours of five types.
    private static func many(_ count: Int) -> PlanningTask {
        var random = SplitMix(seed: 11)
        return PlanningTask(
            lots: (0..<count).map { index in
                Lot(
                    id: "L\(index)", type: "T\(Int.random(in: 0..<5, using: &random))",
                    vials: Vials(Int64.random(in: 10_000...1_200_000, using: &random)))
            })
    }
}
