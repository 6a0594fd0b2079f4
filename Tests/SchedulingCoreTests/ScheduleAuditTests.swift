import SchedulingCore
import Testing

@Suite("Audit of a schedule")
struct ScheduleAuditTests {
    private let sample = lots([("X", 10), ("Y", 20), ("X", 30)])

    /// The violations of a sound timeline after `change`.
    private func violations(
        rules: LineRules? = nil, after change: (inout [Timeline.Step]) -> Void
    ) throws -> [ScheduleAudit.Violation] {
        let rules = try rules ?? hourlyRules()
        var timeline = Timeline(LotSequence(blocks: [[0, 2], [1]]), of: sample, under: try hourlyRules())
        change(&timeline.steps)
        return ScheduleAudit.violations(in: timeline, of: sample, under: rules)
    }

    private static let hour: Int64 = 10_000

    @Test("a sound schedule has no violation, and neither has one without lots")
    func sound() throws {
        #expect(try violations { _ in }.isEmpty)
        let empty = Timeline(steps: [], rules: .standard)
        #expect(ScheduleAudit.violations(in: empty, of: [], under: .standard).isEmpty)
    }

    @Test("a lot that is left out or filled twice is found")
    func lotsOnce() throws {
        let rules = try hourlyRules()
        let twice = Timeline(LotSequence(blocks: [[0, 2], [0]]), of: sample, under: rules)
        #expect(
            ScheduleAudit.violations(in: twice, of: sample, under: rules) == [
                .filledTimes(lot: 0, times: 2), .filledTimes(lot: 1, times: 0),
            ])
    }

    @Test("a block is allowed its window to the tick, and not one more")
    func window() throws {
        let rules = try hourlyRules(window: 44)
        let block = LotSequence(blocks: [[0, 2], [1]])
        let timeline = Timeline(block, of: sample, under: rules)
        #expect(ScheduleAudit.violations(in: timeline, of: sample, under: rules).isEmpty)
        let tight = try #require(
            LineRules(
                fillRate: VialsPerHour(1), clean: Hours(24), window: Hours(tenThousandths: 439_999),
                sameTypeChangeover: Hours(4), otherTypeChangeover: Hours(8)))
        #expect(
            ScheduleAudit.violations(
                in: Timeline(block, of: sample, under: tight), of: sample, under: tight)
                == [.windowExceeded(block: 0)])
    }

    @Test("a fill, a changeover or a clean that is a tick too short is found, and the gap that it leaves")
    func durations() throws {
        for step in 0..<4 {
            #expect(
                try violations { $0[step].end -= Ticks(1) } == [
                    .wrongDuration(step: step), .notContiguous(step: step + 1),
                ])
        }
    }

    @Test("a changeover of the wrong length for its types is found")
    func changeoverLength() throws {
        #expect(
            try violations { steps in
                for index in 2..<steps.count {
                    if index > 2 { steps[index].start += Ticks(4 * Self.hour) }
                    steps[index].end += Ticks(4 * Self.hour)
                }
            } == [.wrongDuration(step: 2)])
    }

    @Test("a missing clean, a missing changeover, and a changeover for another lot are out of place")
    func order() throws {
        #expect(try violations { $0.removeFirst() }.contains(.outOfPlace(step: 0)))
        #expect(try violations { $0.remove(at: 2) }.contains(.outOfPlace(step: 2)))
        #expect(try violations { $0.remove(at: 4) }.contains(.outOfPlace(step: 4)))
        #expect(try violations { $0[2].lot = 0 }.contains(.outOfPlace(step: 3)))
        #expect(try violations { $0[2].lot = nil }.contains(.unknownLot(step: 2)))
        #expect(try violations { $0[1].lot = 9 }.contains(.unknownLot(step: 1)))
        #expect(try violations { $0[3].block = 1 }.contains(.outOfPlace(step: 3)))
    }

    @Test("a schedule that ends with a clean, and one whose time runs backwards, are found")
    func ends() throws {
        #expect(
            try violations { $0.removeLast() } == [.endsIdle, .filledTimes(lot: 1, times: 0)])
        #expect(
            try violations { steps in
                let first = steps[1]
                steps[1].start = first.end
                steps[1].end = first.start
            }.contains(.notContiguous(step: 1)))
    }

    @Test("a schedule made under other rules than those of the line is found")
    func otherRules() throws {
        #expect(try violations(rules: hourlyRules(clean: 25)) { _ in }.contains(.wrongDuration(step: 0)))
        #expect(try violations(rules: hourlyRules(same: 5)) { _ in } == [.wrongDuration(step: 2)])
    }
}
