import Testing

@testable import FillScheduler

@Suite("How long results are kept")
struct KeptDaysTests {
    @Test(
        "whole days from 1 to 3650",
        arguments: [("1d", 1), ("90d", 90), ("3650d", 3_650), ("007d", 7)])
    func within(text: String, days: Int) {
        #expect(KeptDays(text)?.duration == .seconds(days * 86_400))
    }

    @Test(
        "nothing else",
        arguments: [
            "", "d", "0d", "3651d", "90", "90D", "90h", "-1d", "+1d", " 1d", "1 d", "1.5d", "1dd",
            "99999999999999999999d", "٣d",
        ])
    func beyond(text: String) {
        #expect(KeptDays(text) == nil)
    }
}
