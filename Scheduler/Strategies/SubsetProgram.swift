/// The best blocks of a few lots whatever the changeovers, by dynamic programming over sets of lots.
///
/// A set is a number with a bit for each lot. First comes the shortest order of each set, by which lot is last
/// (Held and Karp, A dynamic programming approach to sequencing problems, 1962), then the best division of
/// each set into a block, with the lowest lot in it, and the best division of the rest.
struct SubsetProgram {
    /// Work grows with 3 to the power of the number of lots.
    static let mostLots = 10

    private let problem: PackingProblem
    private let count: Int
    /// What the set takes as one block that ends with the lot: at `set * count + lot`.
    private var spans: [Int64]
    private static let impossible = Int64.max

    /// - Precondition: there are lots, and at most 10.
    init(_ problem: PackingProblem) {
        self.problem = problem
        count = problem.lotCount
        spans = Array(repeating: Self.impossible, count: count << count)
        for lot in 0..<count { spans[(1 << lot) * count + lot] = problem.fill[lot] }
        for set in 1..<1 << count {
            for last in 0..<count where spans[set * count + last] <= problem.window {
                for next in 0..<count where set & 1 << next == 0 {
                    let span = spans[set * count + last] + problem.cost(of: next, after: problem.type[last])
                    let entry = (set | 1 << next) * count + next
                    spans[entry] = min(spans[entry], span)
                }
            }
        }
    }

    /// The blocks of a schedule than which none is shorter.
    func bestBlocks() -> [[Int]] {
        let all = 1 << count - 1
        let ends = (0...all).map { set in
            (0..<count).min { spans[set * count + $0] < spans[set * count + $1] } ?? 0
        }
        // The shortest schedule of each set, and its block with the lowest lot.
        var makespans = Array(repeating: Self.impossible, count: all + 1)
        var firsts = Array(repeating: 0, count: all + 1)
        makespans[0] = 0
        for set in 1...all {
            let lowest = set & -set
            var block = set
            while block > 0 {
                let span = spans[block * count + ends[block]]
                if block & lowest != 0, span <= problem.window {
                    let makespan = problem.clean + span + makespans[set ^ block]
                    if makespan < makespans[set] {
                        makespans[set] = makespan
                        firsts[set] = block
                    }
                }
                block = (block - 1) & set
            }
        }
        var blocks: [[Int]] = []
        var left = all
        while left > 0 {
            blocks.append(order(of: firsts[left], endingWith: ends[firsts[left]]))
            left ^= firsts[left]
        }
        return blocks
    }

    /// The lots of `set` in an order that takes what the table says.
    private func order(of set: Int, endingWith last: Int) -> [Int] {
        var order = [last]
        var (set, last) = (set, last)
        while set != 1 << last {
            let rest = set ^ 1 << last
            let cost = spans[set * count + last]
            let before = (0..<count).first { lot in
                let span = spans[rest * count + lot]
                return span <= problem.window
                    && span + problem.cost(of: last, after: problem.type[lot]) == cost
            }
            guard let before else { break }
            order.append(before)
            (set, last) = (rest, before)
        }
        return order.reversed()
    }
}
