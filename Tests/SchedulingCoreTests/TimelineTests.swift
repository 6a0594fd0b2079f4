import Foundation
import SchedulingCore
import Testing

@Suite("Timeline and result")
struct TimelineTests {
    private let sequence = LotSequence(blocks: [[0, 2, 1], [3]])
    private let sample = lots([("X", 10), ("Y", 20), ("X", 30), ("Y", 40)])

    @Test("a clean before every block, no changeover before its first lot, 4 h on the type and 8 h off it")
    func steps() throws {
        let rules = try hourlyRules()
        let timeline = Timeline(sequence, of: sample, under: rules)
        let hours = timeline.steps.map { rules.hours($0.end - $0.start) }
        #expect(
            timeline.steps.map(\.kind) == [
                .clean, .fill, .changeover, .fill, .changeover, .fill, .clean, .fill,
            ])
        #expect(hours == [24, 10, 4, 30, 8, 20, 24, 40])
        #expect(timeline.steps.map(\.block) == [0, 0, 0, 0, 0, 0, 1, 1])
        #expect(rules.hours(timeline.makespan) == 160)
        #expect(zip(timeline.steps, timeline.steps.dropFirst()).allSatisfy { $0.end == $1.start })
    }

    @Test("fills are exact where binary fractions are not: three thirds of an hour are an hour")
    func exactness() throws {
        let rules = try #require(
            LineRules(
                fillRate: VialsPerHour(3), clean: Hours(0), window: Hours(1), sameTypeChangeover: Hours(0),
                otherTypeChangeover: Hours(0)))
        let timeline = Timeline(
            LotSequence(blocks: [[0, 1, 2]]), of: lots([("X", 1), ("X", 1), ("X", 1)]), under: rules)
        #expect(timeline.makespan == rules.ticks(Hours(1)))
        #expect(
            ScheduleAudit.violations(in: timeline, of: lots([("X", 1), ("X", 1), ("X", 1)]), under: rules)
                .isEmpty)
    }

    @Test("the result has the figures of the timeline and absolute times")
    func result() throws {
        let timeline = Timeline(sequence, of: sample, under: try hourlyRules())
        let start = try StartTime(parsing: "2026-01-05T06:00:00Z").time
        let result = ScheduleResult(timeline, of: sample, startingAt: start)
        #expect(result.makespan == 160 && result.utilization == 100.0 / 160)
        #expect(result.changeovers == 2 && result.lotsScheduled == 4 && result.windowViolations == 0)
        let kpis = result.kpis
        #expect(kpis.blocks == 2 && kpis.vials == 100 && kpis.vialsPerHour == 100.0 / 160)
        #expect(kpis.fillHours == 100 && kpis.cleanHours == 48 && kpis.changeoverHours == 12)
        #expect(kpis.changeoversSameType == 1 && kpis.changeoversOtherType == 1)
        #expect(kpis.unusedWindowHours == 240 - 112)
        #expect(result.activities.map(\.lotID) == [nil, "L0", "L2", "L2", "L1", "L1", nil, "L3"])
        #expect(
            result.activities.map(\.note) == [
                "Block 1", "10 vials", "Same type", "30 vials", "X to Y", "20 vials", "Block 2", "40 vials",
            ])
        #expect(result.activities[1].start.description == "2026-01-06T06:00:00Z")
        #expect(result.activities.last?.end.description == "2026-01-11T22:00:00Z")
    }

    @Test("the wire shape is that of the contract, and reads back as it was")
    func wire() throws {
        let timeline = Timeline(sequence, of: sample, under: try hourlyRules())
        let result = ScheduleResult(timeline, of: sample, startingAt: UTCTime(microseconds: 0))
        let json = try ScheduleExport.json(result)
        let tree = try JSONValue(parsing: json)
        guard case .object(let members) = tree, case .array(let activities) = tree["activities"],
            case .object(let clean) = activities.first
        else {
            Issue.record("not an object with activities")
            return
        }
        #expect(
            members.map(\.key) == [
                "activities", "changeovers", "kpis", "lots_scheduled", "makespan", "utilization",
                "window_violations",
            ])
        #expect(
            clean.map(\.key) == ["duration_hours", "end", "kind", "lot_id", "lot_type", "note", "start"])
        #expect(activities.first?["lot_id"] == .null && activities.first?["kind"] == .string("CLEAN"))
        #expect(activities.first?["end"] == .string("1970-01-02T00:00:00Z"))
        #expect(try JSONDecoder().decode(ScheduleResult.self, from: json) == result)
    }
}
