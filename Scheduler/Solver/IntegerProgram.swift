import CBranchAndCut

/// An integer programme that is minimised, by COIN-OR CBC.
///
/// Costs are whole numbers, so solutions are told apart by one half. CBC computes with floating point; the
/// tolerance of feasibility is set wide, so that what it calls impossible is so by a margin.
struct IntegerProgram {
    struct Column {
        var cost: Double
        var rows: LinearProgram.Vector
        var isInteger: Bool
        var upper: Double
    }

    var columns: [Column] = []
    var rowLower: [Double]
    var rowUpper: [Double]

    /// What came of it.
    struct Outcome {
        /// The values of the columns of the best solution found, if one below the cutoff was.
        var values: [Double]?
        /// Whether nothing better than `values`, or than the cutoff without them, exists.
        var isFinished: Bool
    }

    /// Looks for a solution that costs less than `cutoff`, until `watch` says that it is over.
    /// - Parameter nodes: the most nodes of CBC's tree.
    func solve(below cutoff: Double, nodes: Int, seconds: Double, watch: SolverWatch) -> Outcome {
        let matrix = CompressedColumns(columns.lazy.map(\.rows))
        var values = Array(repeating: 0.0, count: columns.count)
        var isFound = false
        // SAFETY: the context is the watch, which outlives the call; it is asked by this thread only.
        let status = withUnsafePointer(to: watch) { watch in
            var options = branch_and_cut_options(
                cutoff: cutoff - 0.5, least_improvement: 0.5, tolerance: 1e-6, seconds: max(0.01, seconds),
                nodes: Int32(clamping: max(1, nodes)),
                should_stop: { $0?.assumingMemoryBound(to: SolverWatch.self).pointee.isOver ?? true },
                context: UnsafeMutableRawPointer(mutating: watch))
            return branch_and_cut(
                Int32(columns.count), Int32(rowLower.count), matrix.starts, matrix.indices, matrix.values,
                columns.map(\.upper), columns.map(\.cost), columns.map(\.isInteger), rowLower, rowUpper,
                &options, &values, &isFound)
        }
        return Outcome(values: isFound ? values : nil, isFinished: status == branch_and_cut_finished)
    }
}
