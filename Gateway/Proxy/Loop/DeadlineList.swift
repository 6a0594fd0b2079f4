import DequeModule

/// Something that a loop's sweep looks at ten times a second: deadlines of seconds need no timer each.
protocol HasDeadline: AnyObject {
    /// Monotonic nanoseconds; `.max` while nothing is due.
    var deadline: UInt64 { get }
    /// Where its `DeadlineList` keeps it; -1 while it is in none.
    var place: Int { get set }
    /// Called when the deadline is over. May remove anything from the list.
    func expire()
}

extension HasDeadline {
    /// Whether it is still there and has still run out of time.
    func isOverdue(at now: UInt64) -> Bool { place >= 0 && deadline <= now }
}

/// Everything on a loop that has deadlines of one kind, in no order. Adding and removing cost the same however many
/// there are.
struct DeadlineList<Member: HasDeadline> {
    private(set) var members: [Member] = []

    var count: Int { members.count }

    mutating func add(_ member: Member) {
        member.place = members.count
        members.append(member)
    }

    /// Answers whether it was there.
    @discardableResult
    mutating func remove(_ member: Member) -> Bool {
        guard member.place >= 0 else { return false }
        let last = members.removeLast()
        if last !== member {
            members[member.place] = last
            last.place = member.place
        }
        member.place = -1
        return true
    }

    /// Adds those whose deadline is over to `overdue`.
    func collect(at now: UInt64, into overdue: inout Overdue) {
        for member in members where member.deadline <= now { overdue.members.append(member) }
    }
}

/// Members whose deadline was over when they were looked at. With thousands that end together, as slow clients' do,
/// a portion at a time is expired, so that whoever else is on the loop is served in between.
struct Overdue {
    fileprivate(set) var members = Deque<any HasDeadline>()

    /// As many as cost about a millisecond: the most at a time.
    static let largestPortion = 8
    /// Portions, a millisecond apart, that few are spread over: most of the time until the next look.
    static let spread = 64

    var isEmpty: Bool { members.isEmpty }

    /// Takes the next portion. Whoever is given it expires those that still are overdue, one after the other: each
    /// may end others.
    mutating func next() -> [any HasDeadline] {
        let share = (members.count + Self.spread - 1) / Self.spread
        let next = Array(members.prefix(min(share, Self.largestPortion)))
        members.removeFirst(next.count)
        return next
    }
}
