/// Which of a worker's event loops one is, and thereby its share of what the worker may have in all.
package struct LoopShare: Sendable, Hashable {
    /// Counted from 0.
    package var index: Int
    package var count: Int

    package init(index: Int, count: Int) {
        self.index = index
        self.count = count
    }

    /// This loop's part of `total`. The parts of all loops add up to `total`.
    package func part(of total: Int) -> Int { total / count + (index < total % count ? 1 : 0) }
}
