/// Numbers in an order, with "the first that is at most so much" in logarithmic time: a binary tree in which
/// each node holds the least number below it.
struct LeastTree {
    /// The children of node `n` are `2 × n` and `2 × n + 1`; the numbers are the last level.
    private var nodes: [Int64]
    private let leaves: Int

    /// A number that was taken out.
    private static let none = Int64.max

    init(_ numbers: [Int64]) {
        var leaves = 1
        while leaves < numbers.count { leaves *= 2 }
        self.leaves = leaves
        nodes = Array(repeating: Self.none, count: leaves)
        nodes += numbers
        nodes += Array(repeating: Self.none, count: leaves - numbers.count)
        for node in stride(from: leaves - 1, to: 0, by: -1) {
            nodes[node] = min(nodes[2 * node], nodes[2 * node + 1])
        }
    }

    /// The place of the first number that is at most `limit`; nil if there is none.
    func first(atMost limit: Int64) -> Int? {
        guard limit < Self.none, nodes[1] <= limit else { return nil }
        var node = 1
        while node < leaves {
            node *= 2
            if nodes[node] > limit { node += 1 }
        }
        return node - leaves
    }

    /// Takes the number at `place` out; the others keep their places.
    mutating func remove(at place: Int) {
        var node = leaves + place
        nodes[node] = Self.none
        while node > 1 {
            node /= 2
            nodes[node] = min(nodes[2 * node], nodes[2 * node + 1])
        }
    }
}
