/// Walks a filled table depth-first against the true weights, the most promising way first.
struct PatternWalk {
    private let table: PatternTable
    private let model: PackingModel
    /// The actions on the ways that are open, each with the one before it.
    private var trail: [(action: PatternTable.Action, before: Int32)] = []

    private struct Stop {
        var row: Int32
        var room: Int64
        /// What the actions up to here are worth.
        var value: Double
        /// The last action, as an index into the trail; −1 before the first.
        var last: Int32
        /// The length of the trail when it was found.
        var height: Int32
    }

    init(_ table: PatternTable, _ model: PackingModel) {
        self.table = table
        self.model = model
    }

    /// A pattern that is worth more than `threshold`, as much as any is.
    /// - Parameter steps: after so many steps the walk ends.
    /// - Returns: the pattern, if one was found; and what no pattern is worth more than, or `threshold` if
    ///   that is more.
    mutating func best(above threshold: Double, steps: Int) -> (pattern: Pattern?, bound: Double) {
        var most = threshold
        var found: Pattern?
        let isComplete = walk(above: &most, steps: steps) { walk, stop, most in
            most = stop.value
            found = walk.pattern(at: stop)
            return true
        }
        return (found, isComplete ? most : max(most, table.best))
    }

    /// Calls `visit` with every pattern that is worth more than `threshold` and with the room that it leaves,
    /// until that returns false.
    /// - Returns: whether it saw them all within `steps` steps.
    mutating func all(above threshold: Double, steps: Int, visit: (Pattern, Int64) -> Bool) -> Bool {
        var fixed = threshold
        return walk(above: &fixed, steps: steps) { walk, stop, _ in visit(walk.pattern(at: stop), stop.room) }
    }

    private mutating func walk(
        above threshold: inout Double, steps: Int,
        leaf: (PatternWalk, Stop, inout Double) -> Bool
    ) -> Bool {
        trail.removeAll(keepingCapacity: true)
        var stack = [
            Stop(row: Int32(table.lastRow), room: model.capacity, value: 0, last: -1, height: 0)
        ]
        var children: [(bound: Double, stop: Stop, action: PatternTable.Action)] = []
        var taken = 0
        while let stop = stack.popLast() {
            let bound = stop.value + table.value(row: Int(stop.row), room: stop.room)
            guard bound > threshold else { continue }
            if stop.row == 0 {
                if !leaf(self, stop, &threshold) { return false }
                continue
            }
            taken += 1
            if taken > steps { return false }
            trail.removeSubrange(Int(stop.height)...)
            children.removeAll(keepingCapacity: true)
            for arc in table.arcs(of: Int(stop.row)) where arc.weight <= stop.room {
                let room = stop.room - arc.weight
                let value = stop.value + arc.value
                let bound = value + table.value(row: Int(arc.source), room: room)
                guard bound > threshold else { continue }
                let next = Stop(
                    row: arc.source, room: room, value: value, last: stop.last, height: stop.height)
                children.append((bound, next, arc.action))
            }
            // The best comes last on the stack; of equals, the one that takes nothing.
            children.sort { $0.bound < $1.bound }
            for child in children {
                var next = child.stop
                if child.action != .none {
                    trail.append((child.action, stop.last))
                    next.last = Int32(trail.count - 1)
                }
                // What is on the trail for those below it on the stack stays when this one is taken.
                next.height = Int32(trail.count)
                stack.append(next)
            }
        }
        return true
    }

    private func pattern(at stop: Stop) -> Pattern {
        var counts: [Int32: Int32] = [:]
        var opened: [Int32] = []
        var last = stop.last
        while last >= 0 {
            switch trail[Int(last)].action {
            case .none: break
            case .take(let type, let count): counts[type, default: 0] += count
            case .open(let index): opened.append(index)
            }
            last = trail[Int(last)].before
        }
        return Pattern(
            entries: counts.sorted { $0.key < $1.key }.map { .init(type: $0.key, count: $0.value) },
            opened: opened.sorted())
    }
}
