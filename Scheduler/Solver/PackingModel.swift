/// An instance as the search sees it: common divisors taken out, equal items of a class counted together, and
/// empty classes left out.
struct PackingModel {
    struct Class {
        var setupCost: Int64
        var setupWeight: Int64
        /// Its item types, the heaviest first.
        var types: Range<Int>
        var itemCount: Int
        /// The weight of all its items.
        var load: Int64
    }

    /// Items of one class and weight.
    struct ItemType {
        var classIndex: Int
        var weight: Int64
        /// How many there are.
        var count: Int
        /// How many of them fit a bin, at most `count`.
        var mostInBin: Int
        /// Their numbers in the instance.
        var items: [Int]
    }

    private(set) var classes: [Class] = []
    private(set) var types: [ItemType] = []
    let capacity: Int64
    let binCost: Int64
    /// A cost of the model, times this, is a cost of the instance.
    let costUnit: Int64
    /// The least number of bins that can open each class.
    private(set) var leastOpenings: [Int] = []
    /// The least number of bins.
    private(set) var leastBins = 0

    init(_ instance: PackingInstance) {
        costUnit = max(1, instance.costDivisor)
        binCost = instance.binCost / costUnit
        var divisor: Int64 = 0
        for each in instance.classes where !each.weights.isEmpty {
            divisor = greatestCommonDivisor(divisor, each.setupWeight)
            for weight in each.weights { divisor = greatestCommonDivisor(divisor, weight) }
        }
        divisor = max(1, divisor)
        capacity = instance.capacity / divisor
        var firstItem = 0
        for each in instance.classes {
            defer { firstItem += each.weights.count }
            guard !each.weights.isEmpty else { continue }
            let start = types.count
            let setup = each.setupWeight / divisor
            let order = each.weights.indices.sorted { (-each.weights[$0], $0) < (-each.weights[$1], $1) }
            for index in order {
                let weight = each.weights[index] / divisor
                if types.count > start, types[types.count - 1].weight == weight {
                    types[types.count - 1].count += 1
                    types[types.count - 1].items.append(firstItem + index)
                } else {
                    types.append(
                        ItemType(
                            classIndex: classes.count, weight: weight, count: 1, mostInBin: 1,
                            items: [firstItem + index]))
                }
            }
            for type in start..<types.count {
                types[type].mostInBin = min(types[type].count, Int((capacity - setup) / types[type].weight))
            }
            classes.append(
                Class(
                    setupCost: each.setupCost / costUnit, setupWeight: setup, types: start..<types.count,
                    itemCount: each.weights.count, load: each.weights.reduce(0) { $0 + $1 / divisor }))
        }
        leastOpenings = classes.map { leastOpenings(of: $0) }
        let setups = zip(classes, leastOpenings).reduce(Int128(0)) {
            $0 + Int128($1.0.load) + Int128($1.0.setupWeight) * Int128($1.1)
        }
        leastBins = max(
            Int((setups + Int128(capacity) - 1) / Int128(capacity)), leastOpenings.max() ?? 0,
            types.reduce(0) { total, type in
                let room = capacity - classes[type.classIndex].setupWeight
                // Two such items never share a bin, with or without a setup between them.
                return total + (2 * type.weight > room && 2 * type.weight > capacity ? type.count : 0)
            })
    }

    /// The bins that hold the items of `each`: by weight, and by items of more than half the room.
    private func leastOpenings(of each: Class) -> Int {
        let room = capacity - each.setupWeight
        let byWeight = Int((Int128(each.load) + Int128(room) - 1) / Int128(room))
        let large = types[each.types].reduce(0) { $0 + (2 * $1.weight > room ? $1.count : 0) }
        return max(byWeight, large, 1)
    }

    var itemCount: Int { classes.reduce(0) { $0 + $1.itemCount } }

    /// What no packing goes below, from the least numbers of bins and openings.
    var leastCost: Int64 {
        zip(classes, leastOpenings).reduce(Int64(leastBins) * binCost) { $0 + Int64($1.1) * $1.0.setupCost }
    }

    /// The cost of a bin that opens `opened`.
    func cost(opening opened: [Int32]) -> Int64 {
        opened.reduce(binCost) { $0 + classes[Int($1)].setupCost }
    }
}
