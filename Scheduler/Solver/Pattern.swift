/// What a bin holds, by item types: a column of the master.
struct Pattern: Hashable {
    struct Entry: Hashable {
        var type: Int32
        var count: Int32
    }

    /// By type, ascending; counts are at least 1.
    var entries: [Entry]
    /// The classes that it pays for, ascending. Pricing may open one without an item of it, which is allowed
    /// but never better than not to.
    var opened: [Int32]

    init(entries: [Entry], opened: [Int32]) {
        self.entries = entries
        self.opened = opened
    }

    /// The pattern of a bin with these types, each as often as it is named.
    init(types: [Int], in model: PackingModel) {
        var entries: [Entry] = []
        var opened: [Int32] = []
        for type in types.sorted() {
            if let last = entries.last, last.type == type {
                entries[entries.count - 1].count += 1
            } else {
                entries.append(Entry(type: Int32(type), count: 1))
            }
            let index = Int32(model.types[type].classIndex)
            if opened.last != index { opened.append(index) }
        }
        self.init(entries: entries, opened: opened)
    }

    func cost(in model: PackingModel) -> Int64 { model.cost(opening: opened) }

    func weight(in model: PackingModel) -> Int64 {
        let setups = opened.reduce(Int64(0)) { $0 + model.classes[Int($1)].setupWeight }
        return entries.reduce(setups) { $0 + Int64($1.count) * model.types[Int($1.type)].weight }
    }
}

/// A row of the master that branching adds: the number of bins that hold at least `least` of the items of the
/// `prefix` heaviest types of a class.
struct PrefixRow: Hashable {
    var classIndex: Int
    var prefix: Int
    var least: Int

    func includes(_ pattern: Pattern, in model: PackingModel) -> Bool {
        let start = model.classes[classIndex].types.lowerBound
        let range = start..<(start + prefix)
        var count = 0
        for entry in pattern.entries where range.contains(Int(entry.type)) { count += Int(entry.count) }
        return count >= least
    }
}
