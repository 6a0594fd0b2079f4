/// A sequence with its times, exact, counted from the start of the first clean.
package struct Timeline: Sendable, Hashable {
    /// What the line does, without a gap.
    package var steps: [Step]
    package var rules: LineRules

    /// One activity of the line.
    package struct Step: Sendable, Hashable {
        package var kind: ActivityKind
        package var start: Ticks
        package var end: Ticks
        /// The block that it belongs to, counted from 0.
        package var block: Int
        /// A fill's place in the input; for a changeover, that of the lot which it prepares; nil for a clean.
        package var lot: Int?

        package init(kind: ActivityKind, start: Ticks, end: Ticks, block: Int, lot: Int?) {
            self.kind = kind
            self.start = start
            self.end = end
            self.block = block
            self.lot = lot
        }
    }

    package init(steps: [Step], rules: LineRules) {
        self.steps = steps
        self.rules = rules
    }

    /// Gives `sequence` its times: a clean, then the block's fills with the changeovers between them.
    /// - Precondition: every place in `sequence` is one of `lots`.
    package init(_ sequence: LotSequence, of lots: [Lot], under rules: LineRules) {
        var steps: [Step] = []
        steps.reserveCapacity(2 * sequence.lotCount)
        var now = Ticks.zero
        func append(_ kind: ActivityKind, lasting span: Ticks, block: Int, lot: Int?) {
            steps.append(Step(kind: kind, start: now, end: now + span, block: block, lot: lot))
            now += span
        }
        for (block, places) in sequence.blocks.enumerated() {
            append(.clean, lasting: rules.ticks(rules.clean), block: block, lot: nil)
            var previous: Lot?
            for place in places {
                let lot = lots[place]
                if let previous {
                    let span = rules.changeover(from: previous.type, to: lot.type)
                    append(.changeover, lasting: span, block: block, lot: place)
                }
                append(.fill, lasting: rules.fillTime(of: lot.vials), block: block, lot: place)
                previous = lot
            }
        }
        self.init(steps: steps, rules: rules)
    }

    /// From the start of the first clean to the end of the last fill.
    package var makespan: Ticks { steps.last?.end ?? .zero }
}

/// The three ways in which the line spends its time.
package enum ActivityKind: String, Sendable, Hashable, Codable, CaseIterable {
    case clean = "CLEAN"
    case changeover = "CHANGEOVER"
    case fill = "FILL"
}
