import GatewayCore

/// The `Date` field (RFC 9110 §6.6.1), made once a second.
struct DateField {
    private var second = Int64.min
    private var text: [UInt8] = []

    /// `Date: Fri, 02 Jan 2026 03:04:05 GMT`, with its CRLF.
    mutating func line(at now: Timestamp) -> [UInt8] {
        if now.seconds != second {
            second = now.seconds
            text = Array("Date: \(CalendarText.httpDate(second))\r\n".utf8)
        }
        return text
    }
}
