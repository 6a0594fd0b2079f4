/// The knapsack with setups as a table: what a bin's content is worth at most, by the room that it has.
///
/// A row stands for a stage of filling a bin (some item types decided, others not yet), a cell for an amount
/// of room, in steps of `unit`. A row follows from earlier ones by arcs that take items or open a class.
/// Weights are rounded down to the unit, so where it is more than 1 the table promises too much, never too
/// little; `PatternWalk` finds what is true.
final class PatternTable {
    /// How a row follows from an earlier one.
    struct Arc {
        var source: Int32
        /// How many items of which type are taken; a class that is opened; or nothing.
        var action: Action
        var weight: Int64
        /// Whole, so that sums are exact.
        var value: Double
    }

    enum Action: Hashable {
        case none
        case take(type: Int32, count: Int32)
        case open(Int32)
    }

    private let model: PackingModel
    /// Every setup, and the capacity, is a multiple of this.
    private let setupDivisor: Int64
    private let mostCells: Int
    /// The arcs of all rows after the first, row after row, and where each row's begin.
    private(set) var arcs: [Arc] = []
    private(set) var firstArc: [Int] = [0, 0]
    private(set) var unit: Int64 = 1
    private(set) var cells = 0
    // SAFETY: rows × cells values, allocated and freed by this class; every access is within the rows that
    // `compute` has filled.
    private var values: UnsafeMutablePointer<Double>?
    private var allocated = 0

    /// Beyond this many cells, weights are rounded.
    private static let exactCells = 16_384
    /// As many cells there are then.
    private static let roundedCells = 4_096

    /// - Parameter memory: the most bytes that the table takes.
    init(_ model: PackingModel, memory: Int) {
        self.model = model
        setupDivisor = model.classes.reduce(model.capacity) { greatestCommonDivisor($0, $1.setupWeight) }
        mostCells = max(memory, 1 << 16) / MemoryLayout<Double>.stride
    }

    deinit { values?.deallocate() }

    var rowCount: Int { firstArc.count - 1 }
    var lastRow: Int { rowCount - 1 }

    /// The most that any content is worth, by the table.
    var best: Double { value(row: lastRow, room: model.capacity) }

    func arcs(of row: Int) -> ArraySlice<Arc> { arcs[firstArc[row]..<firstArc[row + 1]] }

    /// The most that the stages up to `row` add to a bin with so much room for them.
    func value(row: Int, room: Int64) -> Double {
        guard let values else { return 0 }
        return values[row * cells + Int(room / unit)]
    }

    /// Starts a new table with the row of the empty bin.
    func clear() {
        arcs.removeAll(keepingCapacity: true)
        firstArc = [0, 0]
    }

    /// Adds a row that follows by `arcs`, of which there is at least one.
    /// - Returns: its number.
    func addRow(_ arcs: [Arc]) -> Int32 {
        self.arcs += arcs
        firstArc.append(self.arcs.count)
        return Int32(rowCount - 1)
    }

    /// Fills the table.
    /// - Returns: false if it would need more memory than it may have.
    func compute() -> Bool {
        let most = mostCells / rowCount
        guard most >= 2 else { return false }
        let exact = Int(clamping: model.capacity) < min(Self.exactCells, most)
        unit = exact ? 1 : unit(for: Int64(min(Self.roundedCells, most - 1)))
        cells = Int(model.capacity / unit) + 1
        if allocated < rowCount * cells {
            values?.deallocate()
            allocated = rowCount * cells
            values = .allocate(capacity: allocated)
        }
        guard let values else { return false }
        values.update(repeating: 0, count: cells)
        for row in 1..<rowCount {
            let target = values + row * cells
            for (place, arc) in arcs(of: row).enumerated() {
                let source = values + Int(arc.source) * cells
                let shift = Int(min(Int64(cells), arc.weight / unit))
                if place == 0 {
                    Self.write(target, source, shift, arc.value, cells)
                } else {
                    Self.improve(target, source, shift, arc.value, cells)
                }
            }
        }
        return true
    }

    /// The least unit that makes at most `cells` steps of the capacity, or one a little larger that divides
    /// the setups and the capacity, if there is one: setups then lose nothing by rounding.
    private func unit(for cells: Int64) -> Int64 {
        let least = (model.capacity + cells - 1) / cells
        for candidate in least...(least + min(least, 4_096)) where setupDivisor % candidate == 0 {
            return candidate
        }
        return least
    }

    /// target[q] = source[q − shift] + value
    private static func write(
        _ target: UnsafeMutablePointer<Double>, _ source: UnsafeMutablePointer<Double>, _ shift: Int,
        _ value: Double, _ count: Int
    ) {
        for place in 0..<shift { target[place] = -.infinity }
        let target = target + shift
        for place in 0..<(count - shift) { target[place] = source[place] + value }
    }

    /// target[q] = max(target[q], source[q − shift] + value)
    private static func improve(
        _ target: UnsafeMutablePointer<Double>, _ source: UnsafeMutablePointer<Double>, _ shift: Int,
        _ value: Double, _ count: Int
    ) {
        let target = target + shift
        for place in 0..<(count - shift) {
            let other = source[place] + value
            target[place] = other > target[place] ? other : target[place]
        }
    }
}
