/// How long results are kept, as `serve --keep` takes it: whole days, such as `90d`.
///
/// A day is the least, because so long an idempotency key stands for the schedule that it made.
struct KeptDays {
    static let least = 1
    static let most = 3_650

    let days: Int

    /// Nil for anything but a number of days within the bounds.
    init?(_ text: String) {
        let digits = text.dropLast()
        guard text.last == "d", digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let days = Int(digits), (Self.least...Self.most).contains(days)
        else { return nil }
        self.days = days
    }

    var duration: Duration { .seconds(days * 24 * 3_600) }
}
