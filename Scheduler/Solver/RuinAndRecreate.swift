/// Takes a few related bins apart and fills their items in again, many times, under simulated annealing.
struct RuinAndRecreate {
    private var current: BinSet
    private(set) var best: BinSet
    private var random: SplitMix
    /// What the unevenness of the bins counts for: it leads towards emptying one.
    private let pull: Double
    private let scale: Double

    init(_ start: BinSet, seed: UInt64) {
        current = start
        best = start
        random = SplitMix(seed: seed)
        let model = start.model
        let setups = model.classes.map(\.setupCost).max() ?? 0
        scale = max(1, Double(max(model.binCost, setups)))
        pull = 0.02 * scale
    }

    /// Runs `steps` times, or until `watch` says that it is over or the best costs no more than `target`.
    mutating func run(steps: Int, target: Int64, watch: SolverWatch) {
        guard current.bins.count > 1 else { return }
        for step in 0..<steps {
            if best.cost <= target || step % 64 == 0 && watch.isOver { return }
            // From 1 % to 0.05 % of the cost of a bin.
            let part = Double(step) / Double(steps)
            let temperature = scale * 0.01 * exponential(-3 * part)
            let before = current
            attempt()
            let change = energy(current) - energy(before)
            if change > 0, random.unit() >= exponential(-change / temperature) {
                current = before
            } else if current.cost < best.cost {
                best = current
            }
        }
    }

    private func energy(_ bins: BinSet) -> Double { Double(bins.cost) - pull * bins.unevenness }

    private mutating func attempt() {
        let wanted = 2 + random.below(4)
        var removed: [Int] = []
        var opened = current.bins[random.below(current.bins.count)].classes.map(\.index)
        for round in 0..<min(wanted, current.bins.count) {
            // The first is any; the others have a class in common with those before, if a few tries find one.
            var bin = random.below(current.bins.count)
            for _ in 0..<8 where round > 0 {
                if current.bins[bin].classes.contains(where: { opened.contains($0.index) }) { break }
                bin = random.below(current.bins.count)
            }
            opened += current.bins[bin].classes.map(\.index)
            removed += current.remove(bin).map { Int($0) }
        }
        sortForInsertion(&removed)
        for type in removed { insert(type) }
    }

    private mutating func sortForInsertion(_ types: inout [Int]) {
        let model = current.model
        let byClass = random.below(3) == 0
        var keys: [(Int, Double)] = []
        var classKeys: [Int: Int] = [:]
        for type in types {
            let item = model.types[type]
            if byClass, classKeys[item.classIndex] == nil {
                classKeys[item.classIndex] = random.below(1 << 20)
            }
            let noise = 0.8 + 0.4 * random.unit()
            keys.append((classKeys[item.classIndex] ?? 0, -Double(item.weight) * noise))
        }
        types = types.indices.sorted { (keys[$0].0, keys[$0].1, $0) < (keys[$1].0, keys[$1].1, $1) }
            .map { types[$0] }
    }

    private mutating func insert(_ type: Int) {
        let model = current.model
        let classIndex = model.types[type].classIndex
        let setup = model.classes[classIndex]
        // A setup costs its cost, and the room that it takes at the price of a bin's.
        let opening =
            Double(setup.setupCost) + scale * Double(setup.setupWeight) / Double(model.capacity) + 0.05
            * scale
        var best: (bin: Int, key: Double)?
        for bin in current.bins.indices {
            guard let (left, has) = current.room(after: type, in: bin) else { continue }
            if random.below(16) == 0 { continue }
            let key = (has ? 0 : opening) + 0.2 * scale * Double(left) / Double(model.capacity)
            if best.map({ key < $0.key }) ?? true { best = (bin, key) }
        }
        if let best { current.add(type, to: best.bin) } else { current.open(with: type) }
    }

    /// e to the power `x`, for x at most 0, by repeated squaring: the same on every machine.
    private func exponential(_ x: Double) -> Double {
        if x < -40 { return 0 }
        var result = 1 + x / 4_096
        for _ in 0..<12 { result *= result }
        return max(0, result)
    }
}
