/// How a search is bounded, and which of its parts are used.
package struct SolverOptions: Sendable, Hashable {
    /// Where the random numbers of the heuristics start. The same instance, options and seed give the same
    /// result unless a limit of time or a cancellation ends the search.
    package var seed: UInt64 = 1
    /// The most bytes for the pricing table and the columns, in about equal parts; at least 1 MiB is used.
    package var memory = 256 << 20
    /// The most nodes of the search tree; the root is one.
    package var nodes = 100_000
    /// How often bins are taken apart and filled again, in thousands.
    package var ruins = 12
    /// The most columns that are handed to the integer solver as a complete set.
    package var enumeration = 4_000
    /// Whether the integer solver is used at all.
    package var usesIntegerSolver = true

    package init() {}
}

/// How a search hears that it should stop, and tells how far it is. All closures are called often, from the
/// thread that searches, and must return at once.
package struct SolverWatch: Sendable {
    /// Whether to return what there is.
    package var isCancelled: @Sendable () -> Bool
    /// The seconds that are left; nil where there is no limit.
    package var secondsLeft: @Sendable () -> Double?
    /// Called with each better packing or bound.
    package var progress: @Sendable (SolverProgress) -> Void

    package init(
        isCancelled: @escaping @Sendable () -> Bool = { false },
        secondsLeft: @escaping @Sendable () -> Double? = { nil },
        progress: @escaping @Sendable (SolverProgress) -> Void = { _ in }
    ) {
        self.isCancelled = isCancelled
        self.secondsLeft = secondsLeft
        self.progress = progress
    }

    var isOver: Bool { isCancelled() || secondsLeft().map { $0 <= 0 } ?? false }
}

/// How far a search is.
package struct SolverProgress: Sendable, Hashable {
    /// The cost of the best packing so far.
    package var objective: Int64
    /// No packing costs less than this.
    package var bound: Int64
    /// The nodes of the search tree that are done.
    package var nodes: Int
}

/// What a search came to.
package struct SolverResult: Sendable, Hashable {
    /// The best packing found; it has been checked.
    package var packing: Packing
    /// What it costs.
    package var objective: Int64
    /// No packing costs less than this.
    package var bound: Int64
    /// The columns that were generated.
    package var columns: Int
    /// The nodes of the search tree that were done.
    package var nodes: Int

    package var isProven: Bool { objective == bound }

    /// How far the objective may be above the least, as a part of the objective.
    package var gap: Double { objective > 0 ? Double(objective - bound) / Double(objective) : 0 }
}
