import PackingSolver
import Testing

/// The least cost of a small instance, found by trying every packing.
struct BruteForce {
    private let instance: PackingInstance
    private let items: [(class: Int, weight: Int64)]
    private var bins: [(load: Int64, counts: [Int])] = []
    private var best = Int64.max

    static func leastCost(of instance: PackingInstance) -> Int64 {
        var search = BruteForce(instance)
        search.place(0, cost: 0)
        return search.best
    }

    private init(_ instance: PackingInstance) {
        self.instance = instance
        items = instance.classes.enumerated().flatMap { index, each in
            each.weights.map { (index, $0) }
        }
    }

    private mutating func place(_ item: Int, cost: Int64) {
        if cost >= best { return }
        if item == items.count {
            best = cost
            return
        }
        let (index, weight) = items[item]
        let setup = instance.classes[index]
        for bin in bins.indices {
            let opens = bins[bin].counts[index] == 0
            let load = weight + (opens ? setup.setupWeight : 0)
            guard bins[bin].load + load <= instance.capacity else { continue }
            bins[bin].load += load
            bins[bin].counts[index] += 1
            place(item + 1, cost: cost + (opens ? setup.setupCost : 0))
            bins[bin].load -= load
            bins[bin].counts[index] -= 1
        }
        var counts = Array(repeating: 0, count: instance.classes.count)
        counts[index] = 1
        bins.append((weight + setup.setupWeight, counts))
        place(item + 1, cost: cost + instance.binCost + setup.setupCost)
        bins.removeLast()
    }
}

/// A generator of random numbers that depend on its seed only.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

enum Sample {
    /// 1 to `most` items of 1 to 4 classes; depends on `seed` only.
    static func random(seed: UInt64, most: Int, capacity: Int64? = nil) throws -> PackingInstance {
        var dice = Dice(seed: seed &+ 77)
        for _ in 0..<8 { _ = dice.next() }
        let capacity = try capacity ?? #require([10, 20, 37, 100, 100_003].randomElement(using: &dice))
        let classCount = Int.random(in: 1...4, using: &dice)
        var classes = (0..<classCount).map { _ in
            PackingInstance.Class(
                setupCost: .random(in: 0...(Bool.random(using: &dice) ? 0 : 9), using: &dice),
                setupWeight: .random(in: 0...capacity / 4, using: &dice), weights: [])
        }
        let share = try #require([2, 3, 4, 6].randomElement(using: &dice) as Int64?)
        for _ in 0..<Int.random(in: 1...most, using: &dice) {
            let index = Int.random(in: 0..<classCount, using: &dice)
            let room = capacity - classes[index].setupWeight
            classes[index].weights.append(.random(in: 1...max(1, room * 2 / share), using: &dice))
            classes[index].weights = classes[index].weights.map { min($0, room) }
        }
        return try PackingInstance(
            classes: classes, capacity: capacity, binCost: .random(in: 0...12, using: &dice))
    }

    /// A larger one, in the manner of Baldacci et al.
    static func large(seed: UInt64, items: Int, classes: Int, capacity: Int64) throws -> PackingInstance {
        var dice = Dice(seed: seed)
        var all = (0..<classes).map { _ in
            PackingInstance.Class(
                setupCost: .random(in: 1...5, using: &dice),
                setupWeight: .random(in: capacity / 50...capacity / 10, using: &dice), weights: [])
        }
        for _ in 0..<items {
            let index = Int.random(in: 0..<classes, using: &dice)
            all[index].weights.append(.random(in: capacity / 10...capacity * 3 / 10, using: &dice))
        }
        return try PackingInstance(classes: all, capacity: capacity, binCost: 10)
    }
}
