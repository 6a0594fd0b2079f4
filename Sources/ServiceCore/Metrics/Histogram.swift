/// How often a span of time fell between which bounds, and the sum of all of them: what a latency histogram
/// of Prometheus shows. Spans are whole microseconds.
///
/// To record one takes the same few steps however many bounds there are, and no floating point.
package struct Histogram: Sendable {
    /// Upper bounds, inclusive, in microseconds. Shared by all histograms that are to be merged.
    package struct Bounds: Sendable, Hashable {
        package let microseconds: [Int]
        /// For each number of significant bits, the first bound that a number with so many may be within.
        private let firstByWidth: [UInt8]

        /// `microseconds` ascend from above zero, and there are fewer than 255 of them.
        package init(_ microseconds: [Int]) {
            precondition(
                (microseconds.first ?? 1) > 0 && microseconds.count < 255
                    && zip(microseconds, microseconds.dropFirst()).allSatisfy { $0 < $1 },
                "bounds ascend from above zero")
            self.microseconds = microseconds
            firstByWidth = (0...Int.bitWidth).map { width in
                let least = width == 0 ? 0 : width == Int.bitWidth ? Int.max : 1 << (width - 1)
                return UInt8(microseconds.firstIndex { $0 >= least } ?? microseconds.count)
            }
        }

        /// The place of the first bound that `value` is within; the number of bounds where it is within none.
        func bucket(of value: Int) -> Int {
            var bucket = Int(firstByWidth[Int.bitWidth - value.leadingZeroBitCount])
            while bucket < microseconds.count, microseconds[bucket] < value { bucket += 1 }
            return bucket
        }

        /// From 50 µs, below which a gateway has little to do, to half a minute: two or three bounds a decade.
        package static let latency = Bounds([
            50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
            1_000_000, 2_500_000, 5_000_000, 10_000_000, 30_000_000,
        ])
    }

    package let bounds: Bounds
    /// Spans between one bound and the one before it; the last are those over every bound.
    package private(set) var counts: [Int]
    /// All spans together, in microseconds.
    package private(set) var sum = 0

    package init(_ bounds: Bounds = .latency) {
        self.bounds = bounds
        counts = [Int](repeating: 0, count: bounds.microseconds.count + 1)
    }

    /// Spans that were recorded.
    package var count: Int { counts.reduce(0, &+) }

    /// Counts a span. A negative one, which a clock that was set back may make, counts as zero.
    package mutating func record(microseconds: Int) {
        let span = max(0, microseconds)
        counts[bounds.bucket(of: span)] &+= 1
        sum &+= span
    }

    /// Adds what another histogram of the same bounds holds.
    package mutating func merge(_ other: Histogram) {
        precondition(bounds == other.bounds, "histograms of different bounds cannot be merged")
        for index in counts.indices { counts[index] &+= other.counts[index] }
        sum &+= other.sum
    }
}
