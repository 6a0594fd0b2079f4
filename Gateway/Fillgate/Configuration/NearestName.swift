/// Finds what somebody probably meant.
enum NearestName {
    /// The name of `known` that fewest edits lead to; nil where none is near: at most one edit in three
    /// characters, and never more than five.
    static func among(_ known: some Sequence<String>, to typed: String) -> String? {
        let reach = min(5, max(1, typed.count / 3))
        let near = known.map { (name: $0, edits: edits(from: typed.lowercased(), to: $0.lowercased())) }
            .filter { $0.edits <= reach }
        return near.min { ($0.edits, $0.name) < ($1.edits, $1.name) }?.name
    }

    /// ` (did you mean NAME?)`, or the names where they are few and none is near; empty otherwise.
    static func hint(for typed: String, among known: [String]) -> String {
        if let near = among(known, to: typed) { return "; did you mean '\(near)'?" }
        guard !known.isEmpty, known.count <= 24 else { return "" }
        return "; known: \(known.joined(separator: ", "))"
    }

    /// The optimal string alignment distance: insertions, deletions, replacements, and swaps of neighbours.
    static func edits(from left: String, to right: String) -> Int {
        let left = Array(left), right = Array(right)
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var rows = [Array(0...right.count)]
        for i in 1...left.count {
            var row = [i]
            for j in 1...right.count {
                let cost = left[i - 1] == right[j - 1] ? 0 : 1
                var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + cost)
                if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                    best = min(best, rows[i - 2][j - 2] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
