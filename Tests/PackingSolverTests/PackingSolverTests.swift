import PackingSolver
import Synchronization
import Testing

@Suite("The packing solver")
struct PackingSolverTests {
    /// Few heuristics, so that bounds, branching and the integer solver have work to do.
    private static func options(_ change: (inout SolverOptions) -> Void = { _ in }) -> SolverOptions {
        var options = SolverOptions()
        options.ruins = 0
        change(&options)
        return options
    }

    @Test(
        "it finds and proves the least cost of 300 small instances, as trying every packing does",
        arguments: 0..<6 as Range<UInt64>)
    func bruteForce(part: UInt64) throws {
        for seed in (part * 50)..<(part * 50 + 50) {
            let instance = try Sample.random(seed: seed, most: 8)
            let least = BruteForce.leastCost(of: instance)
            let bounds = Mutex<[Int64]>([])
            let result = PackingSolver.solve(
                instance, options: Self.options(),
                watch: SolverWatch(progress: { step in bounds.withLock { $0.append(step.bound) } }))
            #expect(result.objective == least && result.isProven, "seed \(seed): \(result), least \(least)")
            #expect(instance.cost(of: result.packing) == least, "seed \(seed)")
            #expect(bounds.withLock { $0.allSatisfy { $0 <= least } }, "seed \(seed)")
        }
    }

    @Test(
        "without the integer solver its bound is never above the least cost, and what it proves is true",
        arguments: 0..<4 as Range<UInt64>)
    func branching(part: UInt64) throws {
        var proven = 0
        for seed in (1_000 + part * 40)..<(1_000 + part * 40 + 40) {
            let instance = try Sample.random(seed: seed, most: 8)
            let least = BruteForce.leastCost(of: instance)
            let result = PackingSolver.solve(
                instance, options: Self.options { $0.usesIntegerSolver = false })
            #expect(result.bound <= least && result.objective >= least, "seed \(seed): \(result)")
            if result.isProven {
                #expect(result.objective == least, "seed \(seed)")
                proven += 1
            }
        }
        #expect(proven >= 38)
    }

    @Test("a table that rounds weights proves no less than what is true", arguments: 0..<2 as Range<UInt64>)
    func rounding(part: UInt64) throws {
        for seed in (2_000 + part * 30)..<(2_000 + part * 30 + 30) {
            let instance = try Sample.random(seed: seed, most: 8, capacity: 7_654_321)
            let least = BruteForce.leastCost(of: instance)
            let result = PackingSolver.solve(instance, options: Self.options())
            #expect(result.objective == least && result.isProven, "seed \(seed): \(result), least \(least)")
        }
    }

    @Test("the same instance, options and seed give the same result")
    func deterministic() throws {
        let options = Self.options {
            $0.ruins = 1
            $0.nodes = 5
        }
        var columns = 0
        for seed in 20..<28 as Range<UInt64> {
            let instance = try Sample.large(seed: seed, items: 40, classes: 6, capacity: 1_000)
            let first = PackingSolver.solve(instance, options: options)
            #expect(PackingSolver.solve(instance, options: options) == first, "seed \(seed)")
            columns += first.columns
        }
        #expect(columns > 0)
    }

    @Test("a search that is cancelled at once, or at any later time, has a packing and a bound")
    func cancelled() throws {
        let instance = try Sample.large(seed: 5, items: 40, classes: 5, capacity: 100)
        var complete = false
        var after = 0
        while !complete, after < 3_000 {
            let asked = Mutex(0)
            let limit = after
            let result = PackingSolver.solve(
                instance, options: Self.options { $0.nodes = 3 },
                watch: SolverWatch(isCancelled: {
                    asked.withLock { count in
                        count += 1
                        return count > limit
                    }
                }))
            #expect(instance.cost(of: result.packing) == result.objective)
            #expect(result.bound <= result.objective)
            complete = asked.withLock { $0 } <= limit
            after = after * 3 + 1
        }
    }

    @Test("a search ends when its time is used up")
    func outOfTime() throws {
        let instance = try Sample.large(seed: 7, items: 150, classes: 8, capacity: 1_000)
        let clock = ContinuousClock()
        let end = clock.now + .seconds(1)
        let result = PackingSolver.solve(
            instance, watch: SolverWatch(secondsLeft: { (end - clock.now) / .seconds(1) }))
        #expect(instance.cost(of: result.packing) == result.objective && result.bound > 0)
        #expect(clock.now - end < .seconds(2))
    }

    @Test("a search with little memory ends with a packing and a valid bound")
    func littleMemory() throws {
        let instance = try Sample.large(seed: 9, items: 60, classes: 5, capacity: 1_000)
        let free = PackingSolver.solve(instance, options: Self.options { $0.nodes = 1 })
        let tight = PackingSolver.solve(
            instance,
            options: Self.options {
                $0.nodes = 1
                $0.memory = 1 << 20
            })
        #expect(instance.cost(of: tight.packing) == tight.objective)
        #expect(tight.bound <= free.objective && free.bound <= tight.objective)
    }

    @Test("progress gets better from word to word")
    func progress() throws {
        let instance = try Sample.large(seed: 11, items: 30, classes: 4, capacity: 100)
        let words = Mutex<[SolverProgress]>([])
        let result = PackingSolver.solve(
            instance, options: Self.options { $0.nodes = 20 },
            watch: SolverWatch(progress: { word in words.withLock { $0.append(word) } }))
        let seen = words.withLock { $0 }
        #expect(seen.map(\.objective) == seen.map(\.objective).sorted(by: >))
        #expect(seen.map(\.bound) == seen.map(\.bound).sorted())
        #expect(seen.last?.objective == result.objective && seen.last?.bound == result.bound)
    }

    @Test("a packing to start from is used if it is one, and passed over if it is not")
    func start() throws {
        let instance = try Sample.large(seed: 13, items: 20, classes: 3, capacity: 100)
        let best = PackingSolver.solve(instance)
        let over = SolverWatch(isCancelled: { true })
        #expect(PackingSolver.solve(instance, start: best.packing, watch: over).objective == best.objective)
        for wrong in [Packing(bins: [[0, 1]]), Packing(bins: [Array(0..<20)]), Packing(bins: [[99]])] {
            let result = PackingSolver.solve(instance, start: wrong, watch: over)
            #expect(instance.cost(of: result.packing) == result.objective)
        }
    }

    @Test("no items, one item, free bins and costs that are all 0 are solved")
    func extremes() throws {
        let none = try PackingInstance(
            classes: [.init(setupCost: 1, setupWeight: 1, weights: [])], capacity: 5, binCost: 3)
        #expect(PackingSolver.solve(none).isProven && PackingSolver.solve(none).objective == 0)
        let one = try PackingInstance(
            classes: [.init(setupCost: 2, setupWeight: 1, weights: [4])], capacity: 5, binCost: 3)
        #expect(PackingSolver.solve(one).isProven && PackingSolver.solve(one).objective == 5)
        let free = try PackingInstance(
            classes: [.init(setupCost: 0, setupWeight: 0, weights: [3, 3, 3])], capacity: 5, binCost: 0)
        #expect(PackingSolver.solve(free).isProven && PackingSolver.solve(free).objective == 0)
        let largest = try PackingInstance(
            classes: [.init(setupCost: 1 << 41, setupWeight: 0, weights: [1 << 45, 1 << 44, 1 << 44])],
            capacity: 1 << 45, binCost: 1 << 42)
        #expect(PackingSolver.solve(largest).isProven)
        #expect(PackingSolver.solve(largest).objective == 3 << 42)
    }
}
