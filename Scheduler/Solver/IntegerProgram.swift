import CCoin
import Glibc
import Synchronization

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

    /// CBC's command line keeps some state for the whole process.
    private static let turn = Mutex(())

    /// The longest that one run may take: it cannot be interrupted.
    private static let longestRun = 10.0

    /// Looks for a solution that costs less than `cutoff`.
    /// - Parameter nodes: the most nodes of CBC's tree.
    /// - Returns: nil if there was no time.
    func solve(below cutoff: Double, nodes: Int, seconds: Double, watch: SolverWatch) -> Outcome? {
        while !watch.isOver {
            // Another thread may be at it: short waits, so that the end of the time is not missed.
            let outcome = Self.turn.withLockIfAvailable { _ in
                run(
                    below: cutoff, nodes: nodes,
                    seconds: min(seconds, watch.secondsLeft() ?? .infinity, Self.longestRun))
            }
            if let outcome { return outcome }
            var pause = timespec(tv_sec: 0, tv_nsec: 2_000_000)
            nanosleep(&pause, nil)
        }
        return nil
    }

    private func run(below cutoff: Double, nodes: Int, seconds: Double) -> Outcome {
        guard let model = Cbc_newModel() else { return Outcome(values: nil, isFinished: false) }
        // SAFETY: the model is made, used and freed within this call.
        defer { Cbc_deleteModel(model) }
        load(into: model)
        for (name, value) in [
            ("log", "0"), ("timeMode", "elapsed"), ("seconds", String(max(0.01, seconds))),
            ("maxNodes", String(max(1, nodes))), ("cutoff", String(cutoff - 0.5)),
            ("primalTolerance", "1e-6"), ("preprocess", "off"), ("ratioGap", "0"), ("allowableGap", "0.5"),
            ("threads", "0"),
        ] {
            Cbc_setParameter(model, name, value)
        }
        Cbc_solve(model)
        let isFinished = Cbc_status(model) == 0 && [0, 1].contains(Cbc_secondaryStatus(model))
        var values: [Double]?
        if Cbc_isProvenInfeasible(model) == 0, let best = Cbc_bestSolution(model) {
            values = Array(UnsafeBufferPointer(start: best, count: columns.count))
        }
        return Outcome(values: values, isFinished: isFinished)
    }

    private func load(into model: UnsafeMutableRawPointer) {
        let matrix = CompressedColumns(columns.lazy.map(\.rows))
        let none = Array(repeating: 0.0, count: columns.count)
        Cbc_loadProblem(
            model, Int32(columns.count), Int32(rowLower.count), matrix.starts, matrix.indices, matrix.values,
            none,
            columns.map(\.upper), columns.map(\.cost), rowLower, rowUpper)
        for (index, column) in columns.enumerated() where column.isInteger {
            Cbc_setInteger(model, Int32(index))
        }
    }
}
