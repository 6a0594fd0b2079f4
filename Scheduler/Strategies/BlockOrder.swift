/// Puts the lots of a block in the order whose changeovers take least, where the order matters.
///
/// Only types matter, so a small block is ordered exactly, by dynamic programming over how many lots of each
/// type are placed and which type came last (Held and Karp, A dynamic programming approach to sequencing
/// problems, 1962, with equal lots counted together). A large one is improved by moving runs of one type.
struct BlockOrder {
    private let problem: PackingProblem

    /// The most entries of the exact table.
    private static let mostEntries = 3_000
    /// The most places for runs that are looked at in a block that is too large for it.
    private static let mostLooks = 50_000

    /// The most lots times types for which types taking turns are tried.
    private static let mostTurns = 1_000_000

    init(_ problem: PackingProblem) { self.problem = problem }

    /// `block` in an order that takes no longer than the one it has, nor than grouping it by type.
    func arranged(_ block: [Int]) -> [Int] {
        var looks = 0
        return arranged(block, looks: &looks)
    }

    /// As `arranged(_:)`.
    /// - Parameter looks: is increased by how many places for lots were looked at.
    func arranged(_ block: [Int], looks: inout Int) -> [Int] {
        if block.count < 2 { return block }
        var groups: [(type: Int, lots: [Int])] = []
        for lot in block {
            if let index = groups.firstIndex(where: { $0.type == problem.type[lot] }) {
                groups[index].lots.append(lot)
            } else {
                groups.append((problem.type[lot], [lot]))
            }
        }
        if problem.changeovers.uniformSwitch != nil || groups.count == 1 { return groups.flatMap(\.lots) }
        if let order = exactOrder(groups.map { ($0.type, $0.lots.count) }, looks: &looks) {
            return sequence(order, of: groups)
        }
        var starts = [block, groups.flatMap(\.lots)]
        if block.count * groups.count <= Self.mostTurns { starts.append(takingTurns(groups)) }
        starts = starts.map { improved($0, looks: &looks) }
        return starts.min { problem.span(of: $0) < problem.span(of: $1) } ?? block
    }

    /// The lots of `groups`, each group's in turn, in an order of groups that names each as often as it has
    /// lots.
    private func sequence(_ order: [Int], of groups: [(type: Int, lots: [Int])]) -> [Int] {
        var next = Array(repeating: 0, count: groups.count)
        return order.map { group in
            defer { next[group] += 1 }
            return groups[group].lots[next[group]]
        }
    }

    /// The best order of groups; nil if the table would be too large.
    private func exactOrder(_ groups: [(type: Int, count: Int)], looks: inout Int) -> [Int]? {
        // A state is how many lots of each group are placed, as one number of mixed radix.
        var strides: [Int] = []
        var states = 1
        for group in groups {
            strides.append(states)
            states *= group.count + 1
            guard states * groups.count <= Self.mostEntries else { return nil }
        }
        looks += states * groups.count
        let none = Int64.max
        let width = groups.count
        var least = Array(repeating: none, count: states * width)
        var before = Array(repeating: -1, count: states * width)
        for (group, stride) in strides.enumerated() { least[stride * width + group] = 0 }
        for state in 1..<states {
            for last in 0..<width where least[state * width + last] < none {
                let spent = least[state * width + last]
                for (next, stride) in strides.enumerated()
                where state / stride % (groups[next].count + 1) < groups[next].count {
                    let entry = (state + stride) * width + next
                    let total =
                        spent + problem.changeovers.ticks(from: groups[last].type, to: groups[next].type)
                    if total < least[entry] {
                        least[entry] = total
                        before[entry] = last
                    }
                }
            }
        }
        let full = states - 1
        var last = (0..<width).min { least[full * width + $0] < least[full * width + $1] } ?? 0
        var order: [Int] = []
        var state = full
        while last >= 0 {
            order.append(last)
            let previous = before[state * width + last]
            state -= strides[last]
            last = previous
        }
        return order.reversed()
    }

    /// `block` after moving runs of one type to where they take less, until no move helps.
    private func improved(_ block: [Int], looks: inout Int) -> [Int] {
        var runs = block.chunkedRuns { problem.type[$0] == problem.type[$1] }.map(Array.init)
        var types = runs.map { problem.type[$0[0]] }
        let end = looks + Self.mostLooks
        var from = 0
        var failures = 0
        while failures < runs.count, looks < end {
            let before = problem.changeovers.along(types)
            let (run, type) = (runs.remove(at: from), types.remove(at: from))
            let place = problem.changeovers.insertion(of: type, into: types).place
            types.insert(type, at: place)
            if problem.changeovers.along(types) < before {
                runs.insert(run, at: place)
                failures = 0
            } else {
                types.remove(at: place)
                types.insert(type, at: from)
                runs.insert(run, at: from)
                failures += 1
            }
            looks += runs.count
            from = (from + 1) % runs.count
        }
        return runs.flatMap(\.self)
    }

    /// Types taking turns: always one of the group with most lots left, but not the one just taken if there
    /// is another. The best order where the changeovers within types are the longer ones.
    private func takingTurns(_ groups: [(type: Int, lots: [Int])]) -> [Int] {
        var left = groups.map(\.lots.count)
        var order: [Int] = []
        for _ in 0..<left.reduce(0, +) {
            let open = left.indices.filter { left[$0] > 0 }
            let others = open.filter { $0 != order.last }
            guard let choice = (others.isEmpty ? open : others).max(by: { (left[$0], -$0) < (left[$1], -$1) })
            else { break }
            left[choice] -= 1
            order.append(choice)
        }
        return sequence(order, of: groups)
    }
}
