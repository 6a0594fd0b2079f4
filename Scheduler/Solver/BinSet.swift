/// Bins with items by type: what the heuristics work on.
struct BinSet {
    struct Bin {
        /// The weight of its items and setups.
        var load: Int64 = 0
        /// The item types in it, each as often as it is there.
        var types: [Int32] = []
        /// The classes in it, and how many items each has.
        var classes: [(index: Int32, count: Int32)] = []

        func has(_ index: Int) -> Bool { classes.contains { $0.index == Int32(index) } }
    }

    private(set) var bins: [Bin] = []
    /// In the unit of the model.
    private(set) var cost: Int64 = 0
    /// How unevenly the bins are filled: the sum of the squares of their empty parts.
    private(set) var unevenness = 0.0
    let model: PackingModel

    init(_ model: PackingModel) { self.model = model }

    /// What adding an item of `type` to a bin would take of its room; nil if it does not fit.
    func room(after type: Int, in bin: Int) -> (left: Int64, has: Bool)? {
        let item = model.types[type]
        let has = bins[bin].has(item.classIndex)
        let setup = has ? 0 : model.classes[item.classIndex].setupWeight
        let left = model.capacity - bins[bin].load - item.weight - setup
        return left >= 0 ? (left, has) : nil
    }

    mutating func add(_ type: Int, to bin: Int) {
        let item = model.types[type]
        unevenness -= emptiness(of: bin)
        bins[bin].types.append(Int32(type))
        bins[bin].load += item.weight
        if let place = bins[bin].classes.firstIndex(where: { $0.index == Int32(item.classIndex) }) {
            bins[bin].classes[place].count += 1
        } else {
            bins[bin].classes.append((Int32(item.classIndex), 1))
            bins[bin].load += model.classes[item.classIndex].setupWeight
            cost += model.classes[item.classIndex].setupCost
        }
        unevenness += emptiness(of: bin)
    }

    mutating func open(with type: Int) {
        bins.append(Bin())
        cost += model.binCost
        unevenness += 1
        add(type, to: bins.count - 1)
    }

    /// Takes a bin away; the last one takes its place.
    /// - Returns: the types that were in it.
    mutating func remove(_ bin: Int) -> [Int32] {
        unevenness -= emptiness(of: bin)
        let gone = bins[bin]
        bins.swapAt(bin, bins.count - 1)
        bins.removeLast()
        cost -= model.binCost
        for each in gone.classes { cost -= model.classes[Int(each.index)].setupCost }
        return gone.types
    }

    private func emptiness(of bin: Int) -> Double {
        let part = Double(model.capacity - bins[bin].load) / Double(model.capacity)
        return part * part
    }

    var patterns: [Pattern] {
        bins.map { Pattern(types: $0.types.map { Int($0) }, in: model) }
    }

    /// The packing of the instance; nil unless every item is in a bin.
    var packing: Packing? {
        var left = model.types.map { $0.items[...] }
        var packed: [[Int]] = []
        for bin in bins {
            var items: [Int] = []
            for type in bin.types {
                guard let item = left[Int(type)].popFirst() else { return nil }
                items.append(item)
            }
            packed.append(items)
        }
        return left.allSatisfy(\.isEmpty) ? Packing(bins: packed) : nil
    }
}

extension BinSet {
    /// Adds the items of `types`, in their order, each to the bin where it fits best, or to a new one. Bins
    /// that have the class come first, then the fullest.
    mutating func addBestFit(_ types: [Int]) {
        for type in types {
            var best: (bin: Int, left: Int64, has: Bool)?
            for bin in bins.indices {
                guard let (left, has) = room(after: type, in: bin) else { continue }
                if let found = best, found.has && !has || found.has == has && found.left <= left { continue }
                best = (bin, left, has)
            }
            if let best { add(type, to: best.bin) } else { open(with: type) }
        }
    }

    /// Bins for the slots of `patterns`, which may offer more than there are items, and by best fit for the
    /// items that they leave. A slot takes the heaviest item of its class that is left and no heavier than
    /// its own.
    init(realizing patterns: [Pattern], of model: PackingModel) {
        self.init(model)
        var left = model.types.map(\.count)
        var slots: [(type: Int, pattern: Int)] = []
        for (number, pattern) in patterns.enumerated() {
            for entry in pattern.entries {
                for _ in 0..<entry.count { slots.append((Int(entry.type), number)) }
            }
        }
        // Types are numbered by class and falling weight.
        slots.sort { $0 < $1 }
        var content = Array(repeating: [Int](), count: patterns.count)
        for (type, pattern) in slots {
            let range = model.classes[model.types[type].classIndex].types
            if let taken = (type..<range.upperBound).first(where: { left[$0] > 0 }) {
                left[taken] -= 1
                content[pattern].append(taken)
            }
        }
        for types in content where !types.isEmpty {
            open(with: types[0])
            for type in types.dropFirst() { add(type, to: bins.count - 1) }
        }
        let rest = left.indices.flatMap { Array(repeating: $0, count: left[$0]) }
        addBestFit(rest.sorted { (-model.types[$0].weight, $0) < (-model.types[$1].weight, $1) })
    }
}
