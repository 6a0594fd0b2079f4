import Glibc
import Synchronization
import TestSupport
import Testing

@testable import PackingSolver

@Suite("Integer programmes")
struct IntegerProgramTests {
    /// A cover: each column serves some of the rows, each of which needs one.
    private struct Cover {
        var costs: [Int]
        var members: [[Int]]
        var rows: Int

        init(seed: UInt64, columns: Int, rows: Int) {
            var random = TestSupport.SplitMix(seed: seed)
            self.rows = rows
            costs = (0..<columns).map { _ in Int.random(in: 1...20, using: &random) }
            members = (0..<columns).map { _ in
                (0..<rows).filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
            }
        }

        var programme: IntegerProgram {
            IntegerProgram(
                columns: zip(costs, members).map { cost, members in
                    .init(cost: Double(cost), rows: members.map { ($0, 1) }, isInteger: true, upper: 1)
                }, rowLower: Array(repeating: 1, count: rows), rowUpper: Array(repeating: 1e30, count: rows))
        }

        /// By trying every choice; nil if none covers all rows.
        var leastCost: Int? {
            (0..<(1 << costs.count)).compactMap { choice -> Int? in
                let chosen = costs.indices.filter { choice >> $0 & 1 == 1 }
                guard Set(chosen.flatMap { members[$0] }).count == rows else { return nil }
                return chosen.reduce(0) { $0 + costs[$1] }
            }.min()
        }
    }

    @Test("the best cover is found, and that there is none below it is proven, by four threads at once")
    func covers() async {
        await withTaskGroup { group in
            for part in 0..<4 as Range<UInt64> {
                group.addTask {
                    for seed in (part * 15)..<(part * 15 + 15) {
                        let cover = Cover(seed: seed, columns: 10, rows: 8)
                        let best = cover.leastCost
                        let programme = cover.programme
                        func solve(below cutoff: Int) -> IntegerProgram.Outcome {
                            programme.solve(
                                below: Double(cutoff), nodes: 1_000, seconds: 60, watch: SolverWatch())
                        }
                        let found = solve(below: 1_000)
                        let cost = found.values.map {
                            zip($0, cover.costs).reduce(0) { $0 + Int($1.0.rounded()) * $1.1 }
                        }
                        #expect(found.isFinished && cost == best, "seed \(seed)")
                        if let best {
                            let none = solve(below: best)
                            #expect(none.isFinished && none.values == nil, "seed \(seed)")
                        }
                    }
                }
            }
        }
    }

    /// Rows that no choice of the columns is likely to meet, with what they are missed by as the cost: small,
    /// and out of reach for branch and bound (Cornuéjols and Dawande, A class of hard small 0-1 programs).
    private static func marketSplit() -> IntegerProgram {
        var random = TestSupport.SplitMix(seed: 4)
        let (rows, columns) = (6, 50)
        let weights = (0..<columns).map { _ in
            (0..<rows).map { _ in Int.random(in: 0..<100, using: &random) }
        }
        let halves = (0..<rows).map { row in Double(weights.reduce(0) { $0 + $1[row] } / 2) }
        var programme = IntegerProgram(rowLower: halves, rowUpper: halves)
        programme.columns = weights.map { weights in
            .init(
                cost: 0, rows: weights.enumerated().map { ($0, Double($1)) }, isInteger: true, upper: 1)
        }
        for row in 0..<rows {
            for sign in [1.0, -1] {
                programme.columns.append(
                    .init(cost: 1, rows: [(row, sign)], isInteger: false, upper: 10_000))
            }
        }
        return programme
    }

    @Test("a run ends when it is told to, whatever it is at", arguments: [0, 1, 50, 500, 5_000])
    func stopped(asked: Int) {
        let count = Mutex(0)
        @Sendable func isOver() -> Bool {
            count.withLock {
                $0 += 1
                return $0 > asked
            }
        }
        let begin = ContinuousClock.now
        let outcome = Self.marketSplit().solve(
            below: 100_000, nodes: .max, seconds: 120,
            watch: SolverWatch(isCancelled: isOver))
        #expect(!outcome.isFinished)
        #expect(isOver())
        // It would have gone on for two minutes.
        #expect(ContinuousClock.now - begin < .seconds(60))
    }

    @Test("a run ends when its time is used up, and when its nodes are")
    func bounded() {
        let programme = Self.marketSplit()
        let brief = programme.solve(below: 100_000, nodes: .max, seconds: 0.3, watch: SolverWatch())
        #expect(!brief.isFinished)
        let few = programme.solve(below: 100_000, nodes: 20, seconds: 600, watch: SolverWatch())
        #expect(!few.isFinished)
    }

    @Test("a run leaves the process's answer to signals as it was, while it runs and afterwards")
    func signals() {
        @Sendable func handler() -> UInt {
            var action = sigaction()
            sigaction(SIGINT, nil, &action)
            return unsafeBitCast(action.__sigaction_handler.sa_handler, to: UInt.self)
        }
        let before = handler()
        let seen = Mutex<Set<UInt>>([])
        _ = Self.marketSplit().solve(
            below: 100_000, nodes: 20, seconds: 60,
            watch: SolverWatch(isCancelled: {
                seen.withLock { _ = $0.insert(handler()) }
                return false
            }))
        #expect(handler() == before && seen.withLock { $0 } == [before])
    }
}
