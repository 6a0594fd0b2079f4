extension PatternTable {
    /// Which items are in the table, and how.
    enum Purpose {
        /// To find patterns of the least reduced cost: items that are worth nothing are left out.
        case pricing
        /// To find all patterns: every item is in, and a pattern is found in one way only.
        case enumeration
    }

    /// Builds the stages for `prices` and fills the table.
    /// - Parameter available: how many items of each type there are to take.
    /// - Returns: false if it would need more memory than it may have.
    func build(_ prices: Prices, available: [Int], model: PackingModel, for purpose: Purpose) -> Bool {
        clear()
        var base: Int32 = 0
        for (index, each) in model.classes.enumerated() {
            let rows = prices.prefixRows.filter { $0.row.classIndex == index }
            let prefix = rows.map(\.row.prefix).max() ?? 0
            let needed = each.types.filter { type in
                available[type] > 0
                    && (purpose == .enumeration || prices.types[type] > 0
                        || type < each.types.lowerBound + prefix)
            }
            let worth = prices.classes[index] - each.setupCost * prices.scale
            if needed.isEmpty, worth <= 0 { continue }
            let opened = addRow([
                Arc(
                    source: base, action: .open(Int32(index)), weight: each.setupWeight, value: Double(worth))
            ])
            // One row for each number of items of the prefix so far, the last for that many or more.
            let least = rows.map(\.row.least).max() ?? 0
            var layers: [Int32?] = [opened] + Array(repeating: nil, count: least)
            for type in each.types {
                if needed.contains(type) {
                    let stage = Stage(
                        type: type, count: min(available[type], model.types[type].mostInBin),
                        weight: model.types[type].weight, value: prices.types[type])
                    for piece in stage.pieces(for: purpose) { layers = add(piece, to: layers) }
                }
                let ending = rows.filter { each.types.lowerBound + $0.row.prefix - 1 == type }
                if !ending.isEmpty { layers = pay(ending, in: layers) }
                if least > 0, type == each.types.lowerBound + prefix - 1 { layers = merge(layers) }
            }
            var closing = [Arc(source: base, action: .none, weight: 0, value: 0)]
            for layer in layers { if let layer { closing.append(pass(layer)) } }
            base = addRow(closing)
        }
        if lastRow == 0 { _ = addRow([pass(0)]) }
        return compute()
    }

    private func pass(_ source: Int32, value: Int64 = 0) -> Arc {
        Arc(source: source, action: .none, weight: 0, value: Double(value))
    }

    /// The layers after some of the counts of `choices` of one type are taken, or none.
    private func add(_ choices: [Arc], to layers: [Int32?]) -> [Int32?] {
        var incoming = Array(repeating: [Arc](), count: layers.count)
        for (layer, source) in layers.enumerated() {
            guard let source else { continue }
            incoming[layer].append(pass(source))
            for var choice in choices {
                guard case .take(_, let count) = choice.action else { continue }
                choice.source = source
                incoming[min(layers.count - 1, layer + Int(count))].append(choice)
            }
        }
        return incoming.map { $0.isEmpty ? nil : addRow($0) }
    }

    /// The layers after the rows of `ending` are paid for where enough items are in.
    private func pay(_ ending: [(row: PrefixRow, price: Int64)], in layers: [Int32?]) -> [Int32?] {
        layers.enumerated().map { layer, source in
            guard let source else { return nil }
            let price = ending.reduce(Int64(0)) { $0 + (layer >= $1.row.least ? $1.price : 0) }
            return price == 0 ? source : addRow([pass(source, value: price)])
        }
    }

    /// One layer from all, at the end of the last prefix: from there on the number no longer matters.
    private func merge(_ layers: [Int32?]) -> [Int32?] {
        [addRow(layers.compactMap { $0 }.map { pass($0) })]
    }

    /// The items of one type.
    private struct Stage {
        var type: Int
        var count: Int
        var weight: Int64
        var value: Int64

        private func take(_ count: Int) -> Arc {
            Arc(
                source: 0, action: .take(type: Int32(type), count: Int32(count)),
                weight: Int64(count) * weight, value: Double(Int64(count) * value))
        }

        /// Groups of choices, of each of which one or none is taken: powers of two for pricing, so that a
        /// type of many items needs few rows; every count for enumeration.
        func pieces(for purpose: Purpose) -> [[Arc]] {
            guard count > 0 else { return [] }
            switch purpose {
            case .enumeration: return [(1...count).map(take)]
            case .pricing:
                var pieces: [[Arc]] = []
                var left = count
                var size = 1
                while left > 0 {
                    pieces.append([take(min(size, left))])
                    left -= min(size, left)
                    size *= 2
                }
                return pieces
            }
        }
    }
}
