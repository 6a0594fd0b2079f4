import CCoin

/// A linear programme that is minimised, grows by rows and columns, and is solved again and again, by COIN-OR
/// CLP.
///
/// All columns are at least 0 and have no upper bound.
final class LinearProgram {
    /// A column or a row: the other's indices and the coefficients.
    typealias Vector = [(index: Int, value: Double)]

    // SAFETY: the model belongs to this object alone, which is not Sendable: one thread at a time uses it. It
    // is freed in deinit, and no pointer into it outlives a method.
    private let model: UnsafeMutableRawPointer
    private var lower: [Double]
    private var upper: [Double]
    private(set) var columnCount = 0

    var rowCount: Int { lower.count }

    /// The values of the columns and the rows' duals at an optimum.
    struct Solution {
        var objective: Double
        var columns: [Double]
        var duals: [Double]
    }

    init(rowLower: [Double], rowUpper: [Double]) {
        model = Clp_newModel()
        lower = rowLower
        upper = rowUpper
        Clp_setLogLevel(model, 0)
        Clp_resize(model, Int32(lower.count), 0)
        Clp_chgRowLower(model, lower)
        Clp_chgRowUpper(model, upper)
    }

    deinit { Clp_deleteModel(model) }

    /// Every row's bounds, anew.
    func setBounds(lower: [Double], upper: [Double]) {
        precondition(lower.count == rowCount && upper.count == rowCount)
        self.lower = lower
        self.upper = upper
        Clp_chgRowLower(model, lower)
        Clp_chgRowUpper(model, upper)
    }

    /// Every column's cost, anew.
    func setCosts(_ costs: [Double]) {
        precondition(costs.count == columnCount)
        Clp_chgObjCoefficients(model, costs)
    }

    func addColumns(_ columns: [(cost: Double, rows: Vector)]) {
        guard !columns.isEmpty else { return }
        let matrix = CompressedColumns(columns.lazy.map(\.rows))
        let none = Array(repeating: 0.0, count: columns.count)
        let free = Array(repeating: Double.greatestFiniteMagnitude, count: columns.count)
        Clp_addColumns(
            model, Int32(columns.count), none, free, columns.map(\.cost), matrix.starts, matrix.indices,
            matrix.values)
        columnCount += columns.count
    }

    func addRow(_ columns: Vector, lower: Double, upper: Double) {
        let starts = [0, Int32(columns.count)]
        Clp_addRows(
            model, 1, [lower], [upper], starts, columns.map { Int32($0.index) }, columns.map(\.value))
        self.lower.append(lower)
        self.upper.append(upper)
    }

    /// Which simplex starts from the last basis: the primal one is at home after columns were added, the dual
    /// one after bounds were changed.
    enum Method { case primal, dual }

    /// - Returns: nil if there is no optimum or the solver lost its way, after it was tried both ways.
    func solve(_ method: Method, seconds: Double?) -> Solution? {
        Clp_setMaximumSeconds(model, seconds.map { max(0.01, $0) } ?? -1)
        switch method {
        case .primal: Clp_primal(model, 0)
        case .dual: Clp_dual(model, 0)
        }
        if Clp_status(model) != 0, seconds.map({ $0 > 0 }) ?? true {
            switch method {
            case .primal: Clp_dual(model, 0)
            case .dual: Clp_primal(model, 0)
            }
        }
        guard Clp_status(model) == 0 else { return nil }
        // Copied before anything changes the model.
        let columns = UnsafeBufferPointer(start: Clp_primalColumnSolution(model), count: columnCount)
        let duals = UnsafeBufferPointer(start: Clp_dualRowSolution(model), count: rowCount)
        return Solution(
            objective: Clp_objectiveValue(model), columns: Array(columns), duals: Array(duals))
    }
}
