import Testing

@testable import Fillgate

@Suite("Quantities")
struct UnitsTests {
    @Test(
        "durations are read and written in the longest whole unit",
        arguments: [
            ("250ms", Duration.milliseconds(250), "250ms"), ("30s", .seconds(30), "30s"),
            ("90s", .seconds(90), "90s"),
            ("15m", .seconds(900), "15m"), ("120s", .seconds(120), "2m"), ("12h", .seconds(43_200), "12h"),
            ("0ms", .zero, "0s"),
        ])
    func durations(_ text: String, _ duration: Duration, _ written: String) throws {
        #expect(try Units.duration(text) == duration)
        #expect(Units.text(of: duration) == written)
    }

    @Test(
        "a duration that is none is refused",
        arguments: [
            "", "s", "10", "10 s", "1.5h", "-1s", "+1s", "1d", "1S", "10sec", "9223372036854775807h", "٣s",
        ])
    func badDurations(_ text: String) {
        #expect(throws: Complaint.self) { try Units.duration(text) }
    }

    @Test(
        "sizes are read and written in the largest whole unit",
        arguments: [("512B", 512), ("16KiB", 16 << 10), ("10MiB", 10 << 20), ("1GiB", 1 << 30), ("0B", 0)])
    func sizes(_ text: String, _ bytes: Int) throws {
        #expect(try Units.size(text) == bytes)
        #expect(Units.text(ofSize: bytes) == text)
    }

    @Test(
        "a size that is none is refused", arguments: ["", "10", "10MB", "10kib", "1.5MiB", "9999999999GiB"])
    func badSizes(_ text: String) {
        #expect(throws: Complaint.self) { try Units.size(text) }
    }

    @Test(
        "rates are read and written",
        arguments: [("50/s", 50, 1), ("10/min", 10, 60), ("1000/h", 1_000, 3_600)] as [(String, Int64, Int64)]
    )
    func rates(_ text: String, _ count: Int64, _ seconds: Int64) throws {
        #expect(try Units.rate(text) == Rate(count: count, period: .seconds(seconds)))
        #expect(Units.text(of: Rate(count: count, period: .seconds(seconds))) == text)
    }

    @Test(
        "a rate that is none is refused",
        arguments: ["", "50", "/s", "50/", "50/m", "0/s", "50/s/s", "5.5/s"])
    func badRates(_ text: String) {
        #expect(throws: Complaint.self) { try Units.rate(text) }
    }

    @Test("the nearest name is the one that few edits lead to, or none")
    func nearest() {
        let known = ["idle-timeout", "absolute-timeout", "per-user", "cache"]
        #expect(NearestName.among(known, to: "idle-timout") == "idle-timeout")
        #expect(NearestName.among(known, to: "idel-timeout") == "idle-timeout")
        #expect(NearestName.among(known, to: "cahce") == "cache")
        #expect(NearestName.among(known, to: "colour") == nil)
        #expect(NearestName.edits(from: "ab", to: "ba") == 1)
        #expect(NearestName.edits(from: "", to: "abc") == 3)
    }
}
