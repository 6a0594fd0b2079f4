import SchedulingCore

/// How long changeovers take, in ticks, by index of type.
///
/// The types that no pair of the matrix names share a row and a column, so that the table stays small however
/// many types there are.
struct Changeovers {
    /// Each type's row.
    private let rows: [Int]
    /// The types of each row; only the last row has more than one.
    let members: [[Int]]
    /// From row to row, between different types.
    private let switches: [Int64]
    /// Within each type.
    let same: [Int64]
    /// The shortest changeover to each type, from any type of the lots.
    let leastBefore: [Int64]
    /// The shortest changeover from each type to another; nil where there is no other.
    let leastSwitch: [Int64?]
    /// What a switch of type takes on average, over pairs of types.
    let meanSwitch: Int64
    /// What a type that a block opens costs it on average beyond a lot that stays on its type.
    let meanSetup: Int64
    /// The changeover between any two types, where it is the same for all and none within a type is longer:
    /// then a block whose lots are grouped by type takes the same time in whatever order the types come, and
    /// no order takes less. Nil where the order matters.
    let uniformSwitch: Int64?

    /// - Parameter types: the types of the lots, by index.
    init(_ rules: LineRules, types: [String]) {
        let matrix = rules.changeoverMatrix
        let named = matrix.types
        var rows = Array(repeating: 0, count: types.count)
        var members: [[Int]] = []
        var unnamed: [Int] = []
        for (type, name) in types.enumerated() {
            guard named.contains(name) else {
                unnamed.append(type)
                continue
            }
            rows[type] = members.count
            members.append([type])
        }
        for type in unnamed { rows[type] = members.count }
        if !unnamed.isEmpty { members.append(unnamed) }
        let other = rules.ticks(rules.otherTypeChangeover).count
        var switches: [Int64] = []
        for first in members {
            for second in members {
                let hours = matrix.changeover(from: types[first[0]], to: types[second[0]])
                switches.append(hours.map { rules.ticks($0).count } ?? other)
            }
        }
        self.rows = rows
        self.members = members
        self.switches = switches
        same = types.map { rules.changeover(from: $0, to: $0) }.map(\.count)
        let pairs = Pairs(members: members, switches: switches)
        leastBefore = types.indices.map { [same] type in
            min(same[type], pairs.least(to: rows[type]) ?? same[type])
        }
        leastSwitch = types.indices.map { pairs.least(from: rows[$0]) }
        let all = members.indices.flatMap { first in
            members.indices.filter { pairs.exists(first, $0) }.map { switches[first * members.count + $0] }
        }
        meanSwitch = all.isEmpty ? other : all.reduce(0, +) / Int64(all.count)
        meanSetup = same.isEmpty ? 0 : meanSwitch - same.reduce(0, +) / Int64(same.count)
        let longest = same.max() ?? 0
        if all.isEmpty {
            uniformSwitch = max(other, longest)
        } else {
            uniformSwitch = all.allSatisfy { $0 == all[0] } && longest <= all[0] ? all[0] : nil
        }
    }

    /// The changeover between two lots of these types.
    func ticks(from first: Int, to second: Int) -> Int64 {
        first == second ? same[first] : ticks(from: first, toRow: rows[second])
    }

    /// The changeover from `first` to another type of `row`.
    func ticks(from first: Int, toRow row: Int) -> Int64 { switches[rows[first] * members.count + row] }

    func row(of type: Int) -> Int { rows[type] }

    /// The shorter of the switches between two rows, or between the types of one.
    func link(_ first: Int, _ second: Int) -> Int64 {
        min(switches[first * members.count + second], switches[second * members.count + first])
    }

    /// The shortest and the longest switch between two of `types`, which are at least two.
    func switches(among types: [Int]) -> (least: Int64, most: Int64) {
        let counts = Dictionary(types.map { (rows[$0], 1) }, uniquingKeysWith: +)
        let used = counts.keys.sorted()
        let spans = used.flatMap { first in
            used.filter { $0 != first || counts[first, default: 0] > 1 }
                .map { switches[first * members.count + $0] }
        }
        return (spans.min() ?? 0, spans.max() ?? 0)
    }

    /// The changeovers between lots of `types` in their order.
    func along(_ types: [Int]) -> Int64 {
        zip(types, types.dropFirst()).reduce(0) { $0 + ticks(from: $1.0, to: $1.1) }
    }

    /// Where among lots of `types`, in their order, one of `type` adds least to the changeovers, and how
    /// much. The first such place.
    func insertion(of type: Int, into types: [Int]) -> (place: Int, cost: Int64) {
        guard let first = types.first else { return (0, 0) }
        var best = (place: 0, cost: ticks(from: type, to: first))
        for place in 1...types.count {
            let before = types[place - 1]
            var cost = ticks(from: before, to: type)
            if place < types.count {
                cost += ticks(from: type, to: types[place]) - ticks(from: before, to: types[place])
            }
            if cost < best.cost { best = (place, cost) }
        }
        return best
    }
}

/// The pairs of rows between which there is a switch of type.
private struct Pairs {
    let members: [[Int]]
    let switches: [Int64]

    /// Whether a type of `first` can be followed by another of `second`.
    func exists(_ first: Int, _ second: Int) -> Bool { first != second || members[first].count > 1 }

    func least(to row: Int) -> Int64? {
        members.indices.filter { exists($0, row) }.map { switches[$0 * members.count + row] }.min()
    }

    func least(from row: Int) -> Int64? {
        members.indices.filter { exists(row, $0) }.map { switches[row * members.count + $0] }.min()
    }
}
