import Foundation
import SchedulingCore
import TestSupport
import Testing

@Suite("Start times")
struct StartTimeTests {
    @Test(
        "seed bug 4: a time with an offset is converted to UTC",
        arguments: [
            ("2025-10-13T10:00:00-05:00", "2025-10-13T15:00:00Z"),
            ("2025-10-13T10:00:00+00:00", "2025-10-13T10:00:00Z"),
            ("2025-10-13t10:00:00z", "2025-10-13T10:00:00Z"),
            ("2026-01-01T00:30:00+05:30", "2025-12-31T19:00:00Z"),
            ("2024-02-29T23:59:59.25+00:00", "2024-02-29T23:59:59.250000Z"),
            ("2024-12-31T23:00:00.123456789-02:00", "2025-01-01T01:00:00.123456Z"),
        ])
    func offsets(text: String, inUTC: String) throws {
        let start = try StartTime(parsing: text)
        #expect(start.time.description == inUTC)
        #expect(start.warning == nil)
    }

    @Test("seed bug 4: a time without an offset is taken as UTC, and says so")
    func withoutOffset() throws {
        for text in ["2026-01-05T06:00:00", "2026-01-05 06:00", "2026-01-05T06:00:00.000"] {
            let start = try StartTime(parsing: text)
            #expect(start.time.description == "2026-01-05T06:00:00Z")
            #expect(start.warning?.field == "start_time")
            #expect(start.warning?.message == "\(text) has no offset and was taken as UTC")
        }
    }

    @Test(
        "seed bug 4: a time that does not parse is a fault, never now",
        arguments: [
            "", "now", "2026-01-05", "2026-1-5T06:00:00Z", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T23:60:00Z",
            "2026-01-01T23:59:60Z", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+0500",
            "2026-01-01T00:00:00Zx",
            "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567890Z", "1767225600", "２026-01-01T00:00:00Z",
            "2026-01-01T00:00:00 Z",
        ])
    func unparsable(text: String) throws {
        let faults = try #require(throws: InputFaults.self) { try StartTime(parsing: text) }
        #expect(faults.fields == ["start_time"])
    }

    @Test("a schedule starts between 1970 and 2999 in UTC")
    func years() throws {
        #expect(try StartTime(parsing: "1970-01-01T00:00:00Z").time == UTCTime(microseconds: 0))
        _ = try StartTime(parsing: "2999-12-31T23:59:59Z")
        #expect(throws: InputFaults.self) { try StartTime(parsing: "1970-01-01T00:00:00+00:01") }
        #expect(throws: InputFaults.self) { try StartTime(parsing: "2999-12-31T23:59:59-00:01") }
        #expect(throws: InputFaults.self) { try StartTime(parsing: "0000-01-01T00:00:00Z") }
    }

    @Test("moments are written and read back as Foundation has them since the Gregorian reform")
    func roundTrip() throws {
        let formatter = ISO8601DateFormatter()
        var random = SplitMix(seed: 4)
        for _ in 0..<2_000 {
            let seconds = Int64.random(in: -12_000_000_000...180_000_000_000, using: &random)
            let moment = UTCTime(microseconds: seconds * 1_000_000)
            #expect(
                moment.description == formatter.string(from: Date(timeIntervalSince1970: Double(seconds))))
            let stored = try JSONEncoder().encode([moment])
            #expect(try JSONDecoder().decode([UTCTime].self, from: stored) == [moment])
        }
    }

    @Test("line time is added to a moment to the nearest microsecond")
    func adding() throws {
        let start = UTCTime(microseconds: 0)
        let rules = LineRules.standard
        #expect(start.adding(rules.ticks(Hours(1_000)), under: rules).microseconds == 3_600_000_000_000)
        // 1 vial ÷ 19,920 per hour = 180,722.89 µs
        #expect(start.adding(rules.fillTime(of: Vials(1)), under: rules).microseconds == 180_723)
    }
}
