import DequeModule
import NIOCore

/// Who waits for which replies of a pipelined connection: first asked, first answered.
///
/// An entry whose deadline passes stays in its place as a tombstone, because its replies are still to come
/// and must not be taken for its successor's. The queue is bounded, tombstones included.
struct ReplyQueue<Waiter> {
    struct Entry {
        /// Nil where nobody waits: the command was sent without waiting, or the waiter was told that it took
        /// too long.
        var waiter: Waiter?
        /// Replies that are still to come.
        var replies: Int
        /// Callers behind it: what it counts for against the bound.
        var callers: Int
        var deadline: NIODeadline
    }

    private var entries: Deque<Entry> = []
    /// Entries at the front that have no waiter; the one after them, if any, has the earliest deadline of
    /// those that are ordered.
    private var silentAtFront = 0
    /// Whether no entry is due before one in front of it. One that is sent again, with what is left of its
    /// time, may be.
    private var isOrdered = true
    private var lastDeadline = NIODeadline.uptimeNanoseconds(0)
    /// The callers of all entries.
    private(set) var count = 0
    let bound: Int

    init(bound: Int) { self.bound = bound }

    var isEmpty: Bool { entries.isEmpty }
    var isFull: Bool { count >= bound }

    /// Adds an entry; the caller has asked `isFull` first. An entry that is to grow begins without callers
    /// and replies.
    mutating func append(_ waiter: Waiter?, replies: Int, callers: Int = 1, deadline: NIODeadline) {
        if deadline < lastDeadline, !entries.isEmpty { isOrdered = false }
        lastDeadline = deadline
        entries.append(Entry(waiter: waiter, replies: replies, callers: callers, deadline: deadline))
        count += callers
    }

    /// Counts one more caller behind the last entry.
    mutating func addCallerToLast() {
        entries[entries.count - 1].callers += 1
        count += 1
    }

    /// Says how many replies the last entry waits for.
    mutating func settleLast(replies: Int) { entries[entries.count - 1].replies = replies }

    /// The waiter that the next reply belongs to, and whether that reply is its last. Nil when no reply is
    /// due.
    var head: (waiter: Waiter?, isLastReply: Bool)? {
        guard let first = entries.first, first.replies > 0 else { return nil }
        return (first.waiter, first.replies == 1)
    }

    /// Strikes off one reply, and the entry with its last.
    mutating func advance() {
        entries[0].replies -= 1
        guard entries[0].replies == 0 else { return }
        count -= entries.removeFirst().callers
        if silentAtFront > 0 { silentAtFront -= 1 }
        if entries.isEmpty { isOrdered = true }
    }

    /// Turns every entry whose deadline is at or before `now` into a tombstone; answers their waiters, and
    /// whether the entry at the head, whose replies may be half read, was among them.
    mutating func expire(at now: NIODeadline) -> (waiters: [Waiter], includesHead: Bool) {
        guard isOrdered else { return expireAnywhere(at: now) }
        var late: [Waiter] = []
        var includesHead = false
        while silentAtFront < entries.count {
            guard let waiter = entries[silentAtFront].waiter else {
                silentAtFront += 1
                continue
            }
            guard entries[silentAtFront].deadline <= now else { break }
            late.append(waiter)
            includesHead = includesHead || silentAtFront == 0
            entries[silentAtFront].waiter = nil
            silentAtFront += 1
        }
        return (late, includesHead)
    }

    private mutating func expireAnywhere(at now: NIODeadline) -> (waiters: [Waiter], includesHead: Bool) {
        var late: [Waiter] = []
        var includesHead = false
        for index in silentAtFront..<entries.count where entries[index].deadline <= now {
            guard let waiter = entries[index].waiter else { continue }
            late.append(waiter)
            includesHead = includesHead || index == 0
            entries[index].waiter = nil
        }
        return (late, includesHead)
    }

    /// The moment at which `expire` next has something to do; nil when nobody waits.
    mutating func nextDeadline() -> NIODeadline? {
        guard isOrdered else { return entries.filter { $0.waiter != nil }.map(\.deadline).min() }
        while silentAtFront < entries.count, entries[silentAtFront].waiter == nil { silentAtFront += 1 }
        return silentAtFront < entries.count ? entries[silentAtFront].deadline : nil
    }

    /// Empties the queue; answers who was still waiting, first asked first, with their deadlines.
    mutating func removeAll() -> [(waiter: Waiter, deadline: NIODeadline)] {
        defer {
            entries.removeAll(keepingCapacity: true)
            silentAtFront = 0
            count = 0
            isOrdered = true
        }
        return entries.compactMap { entry in entry.waiter.map { ($0, entry.deadline) } }
    }
}
