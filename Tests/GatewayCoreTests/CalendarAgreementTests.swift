import Foundation
import GatewayCore
import Testing

@Suite("Calendar text against Foundation")
struct CalendarAgreementTests {
    @Test("days of two centuries have the dates that Foundation gives them")
    func twoCenturies() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        // Every day would take Foundation seconds; every seventh misses no month's end in the long run.
        for day in stride(from: -25_567, through: 47_482, by: 7) {
            let date = Date(timeIntervalSince1970: Double(day) * 86_400)
            let parts = calendar.dateComponents([.year, .month, .day], from: date)
            let (year, month, dayOfMonth) = CalendarText.civil(fromDays: Int64(day))
            #expect(parts.year == Int(year) && parts.month == month && parts.day == dayOfMonth, "day \(day)")
        }
    }
}
