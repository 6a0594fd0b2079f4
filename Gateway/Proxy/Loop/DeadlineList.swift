/// Something that a loop's sweep looks at ten times a second: deadlines of seconds need no timer each.
protocol HasDeadline: AnyObject {
    /// Monotonic nanoseconds; `.max` while nothing is due.
    var deadline: UInt64 { get }
    /// Where its `DeadlineList` keeps it; -1 while it is in none.
    var place: Int { get set }
    /// Called when the deadline is over. May remove anything from the list.
    func expire()
}

/// Everything on a loop that has deadlines of one kind, in no order. Adding and removing cost the same however many
/// there are.
struct DeadlineList<Member: HasDeadline> {
    private(set) var members: [Member] = []

    /// Deadlines that are told of in one go: with thousands that end together, as slow clients' do, whoever
    /// else is on the loop is served in between.
    static var mostAtOnce: Int { 64 }

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

    /// Those whose deadline is over, up to `mostAtOnce`. Whoever is given them expires them, one after the other,
    /// unless the one before has changed that.
    func due(at now: UInt64) -> [Member] {
        var due: [Member] = []
        for member in members where member.deadline <= now {
            due.append(member)
            if due.count == Self.mostAtOnce { break }
        }
        return due
    }
}
