/// How far the planning of a schedule is.
package struct ScheduleProgress: Sendable, Hashable {
    /// 0 to 1, never less than before in one attempt.
    package var fraction: Double
    /// A few words for people.
    package var message: String
    /// The best makespan so far, in hours; nil before there is one.
    package var bestMakespan: Double?
    /// A proven lower bound of the makespan, in hours; nil if none is known.
    package var bound: Double?

    package init(fraction: Double, message: String, bestMakespan: Double? = nil, bound: Double? = nil) {
        self.fraction = fraction
        self.message = message
        self.bestMakespan = bestMakespan
        self.bound = bound
    }

    /// Takes over what `next` says, and stays at what was known before where that was better.
    package mutating func advance(to next: ScheduleProgress) {
        fraction = max(fraction, min(1, next.fraction))
        message = next.message
        bestMakespan = [bestMakespan, next.bestMakespan].compactMap(\.self).min()
        bound = [bound, next.bound].compactMap(\.self).max()
    }
}
