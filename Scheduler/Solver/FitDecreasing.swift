/// First-fit and best-fit decreasing in several orders and with several tastes.
enum FitDecreasing {
    /// In which order the items come.
    private enum Order: CaseIterable {
        /// The heaviest first, whatever their class.
        case weight
        /// Class by class, the one with most weight first.
        case classLoad
        /// Class by class, the one with the heaviest setup first.
        case setup
        /// Class by class, the one with least weight first.
        case smallClasses
    }

    /// How much slack it is worth to find the class in the bin, in hundredths of the capacity.
    private static let tastes: [Int64] = [100, 40, 15, 5, 0]

    /// All variants: 4 orders by 5 tastes, until `watch` says that it is over, but at least one.
    static func variants(of model: PackingModel, watch: SolverWatch) -> [BinSet] {
        var found: [BinSet] = []
        for order in Order.allCases {
            let types = sorted(model, by: order)
            for taste in tastes where found.isEmpty || !watch.isOver {
                found.append(pack(types, model, taste: taste))
            }
        }
        return found
    }

    private static func sorted(_ model: PackingModel, by order: Order) -> [Int] {
        let types = model.types.indices.flatMap { Array(repeating: $0, count: model.types[$0].count) }
        func key(_ type: Int) -> (Int64, Int, Int64) {
            let index = model.types[type].classIndex
            let each = model.classes[index]
            return switch order {
            case .weight: (0, 0, -model.types[type].weight)
            case .classLoad: (-each.load, index, -model.types[type].weight)
            case .setup: (-each.setupWeight, index, -model.types[type].weight)
            case .smallClasses: (each.load, index, -model.types[type].weight)
            }
        }
        let keys = model.types.indices.map(key)
        return types.sorted { keys[$0] == keys[$1] ? $0 < $1 : keys[$0] < keys[$1] }
    }

    private static func pack(_ types: [Int], _ model: PackingModel, taste: Int64) -> BinSet {
        var bins = BinSet(model)
        let worth = model.capacity / 100 * taste
        for type in types {
            var best: (bin: Int, key: Int64)?
            for bin in bins.bins.indices {
                guard let (left, has) = bins.room(after: type, in: bin) else { continue }
                let key = left + (has ? 0 : worth)
                if best.map({ key < $0.key }) ?? true { best = (bin, key) }
            }
            if let best { bins.add(type, to: best.bin) } else { bins.open(with: type) }
        }
        return bins
    }
}
