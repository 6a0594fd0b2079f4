/// What a strategy decides: which lots share a block and in which order. It has no times; `Timeline` gives
/// them, so that no two strategies can disagree about the rules.
package struct LotSequence: Sendable, Hashable {
    /// The blocks in order, each the places of its lots in the input. A clean precedes each.
    package var blocks: [[Int]]

    package init(blocks: [[Int]]) { self.blocks = blocks }

    package var lotCount: Int { blocks.reduce(0) { $0 + $1.count } }
}
