/// What the rows of the master are worth, as whole numbers of 1/`scale` of a unit of cost. Any such figures
/// give a valid bound, as long as those of the types are not negative; the duals of the linear programme give
/// a good one.
struct Prices {
    var scale: Int64
    /// For each item of a type; at least 0.
    var types: [Int64]
    /// For a bin.
    var bins: Int64
    /// For a bin that opens the class.
    var classes: [Int64]
    /// For a bin that the row includes.
    var prefixRows: [(row: PrefixRow, price: Int64)]

    /// The largest sum that a double holds exactly, with room to spare.
    private static let largestSum = 0x1p50

    /// Takes the duals of the master's rows: the types, the bins, the classes, the prefix rows.
    /// - Returns: nil if they are so large that sums of them would not be exact.
    init?(duals: [Double], rows: [PrefixRow], model: PackingModel) {
        let typeCount = model.types.count
        guard duals.count == typeCount + 1 + model.classes.count + rows.count else { return nil }
        var total = Double(model.binCost)
        for (type, dual) in zip(model.types, duals) { total += max(0, dual) * Double(type.count) }
        for each in model.classes { total += Double(each.setupCost) }
        for dual in duals.dropFirst(typeCount) { total += dual.magnitude }
        guard total.isFinite, total < Self.largestSum else { return nil }
        var scale = 1.0
        while scale < 0x1p24, total * scale * 2 < Self.largestSum { scale *= 2 }
        self.scale = Int64(scale)
        func scaled(_ dual: Double) -> Int64 { Int64((dual * scale).rounded(.down)) }
        types = duals.prefix(typeCount).map { max(0, scaled($0)) }
        bins = scaled(duals[typeCount])
        classes = duals[(typeCount + 1)...].prefix(model.classes.count).map { scaled($0) }
        prefixRows = zip(rows, duals.suffix(rows.count)).map { ($0, scaled($1)) }.filter { $0.1 != 0 }
    }

    /// The cost of `pattern` less what it is worth.
    func reducedCost(of pattern: Pattern, in model: PackingModel) -> Int64 {
        var cost = pattern.cost(in: model) * scale - bins
        for index in pattern.opened { cost -= classes[Int(index)] }
        for entry in pattern.entries { cost -= Int64(entry.count) * types[Int(entry.type)] }
        for (row, price) in prefixRows where row.includes(pattern, in: model) { cost -= price }
        return cost
    }
}
