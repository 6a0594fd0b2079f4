import Testing

@testable import ServiceCore

@Suite("Histograms")
struct HistogramTests {
    @Test("a span on a bound is within it, one microsecond more is not, for every bound there is")
    func bounds() {
        let bounds = Histogram.Bounds.latency
        for (place, bound) in bounds.microseconds.enumerated() {
            #expect(bounds.bucket(of: bound) == place)
            #expect(bounds.bucket(of: bound + 1) == place + 1)
        }
        #expect(bounds.bucket(of: 0) == 0)
        #expect(bounds.bucket(of: Int.max) == bounds.microseconds.count)
    }

    @Test("the bucket is that which a search from the first bound would find, whatever the bounds")
    func agreement() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let edges = Set(
                (0..<Int.random(in: 1...40, using: &generator)).map { _ in
                    Int.random(in: 1...(1 << Int.random(in: 1...40, using: &generator)), using: &generator)
                }
            ).sorted()
            let bounds = Histogram.Bounds(edges)
            for _ in 0..<100 {
                let value = Int.random(
                    in: 0...(1 << Int.random(in: 0...41, using: &generator)), using: &generator)
                let expected = edges.firstIndex { value <= $0 } ?? edges.count
                #expect(bounds.bucket(of: value) == expected, "\(value) in \(edges)")
            }
        }
    }

    @Test("no bucket of latencies is more than two steps from where the search for it begins")
    func steps() {
        let bounds = Histogram.Bounds.latency.microseconds
        for width in 1..<Int.bitWidth {
            let least = 1 << (width - 1)
            #expect(bounds.count(where: { $0 >= least && $0 < 2 * least }) <= 2)
            if least > 1 << 40 { break }
        }
    }

    @Test("count and sum are those of what was recorded, and a negative span counts as zero")
    func sums() {
        var histogram = Histogram()
        #expect(histogram.count == 0 && histogram.sum == 0)
        for span in [0, 49, 50, 51, 60_000_000, -5] { histogram.record(microseconds: span) }
        #expect(histogram.count == 6 && histogram.sum == 60_000_150)
        #expect(histogram.counts.first == 4 && histogram.counts.last == 1)
    }

    @Test("two that are merged hold what one would that was told everything")
    func merging() {
        var one = Histogram()
        var other = Histogram()
        var both = Histogram()
        for span in stride(from: 1, to: 20_000_000, by: 77_777) {
            if span.isMultiple(of: 2) {
                one.record(microseconds: span)
            } else {
                other.record(microseconds: span)
            }
            both.record(microseconds: span)
        }
        one.merge(other)
        #expect(one.counts == both.counts && one.sum == both.sum)
    }
}
