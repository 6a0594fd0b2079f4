import SchedulerStore
import SchedulingCore

extension ReadSubmission {
    /// The schedule that is stored of this for `strategy`.
    ///
    /// - Parameter kind: What it is called, with the time, if its owner does not say.
    func schedule(
        strategy: String, kind: String, requestID: String, owner: String, now: UTCTime
    ) -> NewSchedule {
        let minute = now.description.prefix(16).replacing("T", with: " ")
        return NewSchedule(
            id: FreshID.make(), owner: owner, name: name ?? "\(kind) \(minute) UTC", strategy: strategy,
            lotsCount: input.lots.count, startTime: startTime?.time ?? now, requestID: requestID,
            templateID: templateID, config: WireJSON.data(input.config), input: input.data)
    }
}
