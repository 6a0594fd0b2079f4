/// An instance of the bin packing problem with setups.
///
/// Items have integer weights and belong to classes. A class that has an item in a bin costs that bin its
/// setup weight and adds its setup cost; every bin used adds the bin cost. What is sought is a packing of all
/// items with the least sum of costs (Baldacci et al., The Bin Packing Problem with Setups, arXiv
/// 2509.10075).
package struct PackingInstance: Sendable, Hashable {
    /// Items that share a setup.
    package struct Class: Sendable, Hashable {
        package var setupCost: Int64
        package var setupWeight: Int64
        /// One weight for each item.
        package var weights: [Int64]

        package init(setupCost: Int64, setupWeight: Int64, weights: [Int64]) {
            self.setupCost = setupCost
            self.setupWeight = setupWeight
            self.weights = weights
        }
    }

    package let classes: [Class]
    /// What the items and setups of a bin may weigh together.
    package let capacity: Int64
    package let binCost: Int64

    /// Bounds that keep every sum of the solver exact, in 64 bits and in a double's 53.
    package static let mostItems = 50_000
    package static let capacities: ClosedRange<Int64> = 1...1 << 45
    package static let costs: ClosedRange<Int64> = 0...1 << 48
    /// The most that all items may cost, each in a bin of its own, once a common divisor is taken out.
    package static let mostTotalCost: Int64 = 1 << 44

    /// - Throws: the first fault, if the figures are out of bounds or an item does not fit a bin.
    package init(classes: [Class], capacity: Int64, binCost: Int64) throws(PackingInstanceFault) {
        guard Self.capacities.contains(capacity) else { throw .capacity }
        guard Self.costs.contains(binCost) else { throw .binCost }
        var items = 0
        for (index, each) in classes.enumerated() {
            guard Self.costs.contains(each.setupCost) else { throw .setupCost(class: index) }
            guard each.setupWeight >= 0, each.setupWeight <= capacity else {
                throw .setupWeight(class: index)
            }
            for (item, weight) in each.weights.enumerated() {
                guard weight >= 1 else { throw .weight(class: index, item: item) }
                guard weight <= capacity - each.setupWeight else { throw .tooHeavy(class: index, item: item) }
            }
            items += each.weights.count
        }
        guard items <= Self.mostItems else { throw .tooManyItems }
        self.classes = classes
        self.capacity = capacity
        self.binCost = binCost
        let unit = max(1, costDivisor)
        var total = Int128(0)
        for each in classes { total += Int128(each.weights.count) * Int128(binCost + each.setupCost) }
        guard total / Int128(unit) <= Int128(Self.mostTotalCost) else { throw .tooCostly }
    }

    /// Items are numbered from 0, class after class.
    package var itemCount: Int { classes.reduce(0) { $0 + $1.weights.count } }

    /// The greatest common divisor of the costs that a packing can have; 0 if all are 0.
    var costDivisor: Int64 {
        classes.lazy.filter { !$0.weights.isEmpty }.reduce(binCost) {
            greatestCommonDivisor($0, $1.setupCost)
        }
    }

    /// What `packing` costs; nil unless every item is in it once and no bin weighs more than the capacity.
    package func cost(of packing: Packing) -> Int64? {
        var classOf: [Int] = []
        var weightOf: [Int64] = []
        for (index, each) in classes.enumerated() {
            classOf += Array(repeating: index, count: each.weights.count)
            weightOf += each.weights
        }
        var isPacked = Array(repeating: false, count: classOf.count)
        var total: Int64 = 0
        for bin in packing.bins {
            guard !bin.isEmpty else { return nil }
            var load: Int64 = 0
            var opened: Set<Int> = []
            total += binCost
            for item in bin {
                guard isPacked.indices.contains(item), !isPacked[item] else { return nil }
                isPacked[item] = true
                load += weightOf[item]
                if opened.insert(classOf[item]).inserted {
                    load += classes[classOf[item]].setupWeight
                    total += classes[classOf[item]].setupCost
                }
            }
            guard load <= capacity else { return nil }
        }
        return isPacked.allSatisfy(\.self) ? total : nil
    }
}

/// Which items share a bin.
package struct Packing: Sendable, Hashable {
    /// The items of each bin, by number; none is empty.
    package var bins: [[Int]]

    package init(bins: [[Int]]) { self.bins = bins }
}

/// What is wrong with the figures of an instance; classes and items are counted from 0.
package enum PackingInstanceFault: Error, Hashable, CustomStringConvertible {
    case capacity
    case binCost
    case setupCost(class: Int)
    case setupWeight(class: Int)
    case weight(class: Int, item: Int)
    case tooHeavy(class: Int, item: Int)
    case tooManyItems
    case tooCostly

    package var description: String {
        switch self {
        case .capacity: "the capacity is not from 1 to \(PackingInstance.capacities.upperBound)"
        case .binCost: "the bin cost is not from 0 to \(PackingInstance.costs.upperBound)"
        case .setupCost: "the setup cost is not from 0 to \(PackingInstance.costs.upperBound)"
        case .setupWeight: "the setup weight is negative or more than the capacity"
        case .weight: "the weight is less than 1"
        case .tooHeavy: "the item does not fit a bin together with the setup of its class"
        case .tooManyItems: "there are more than \(PackingInstance.mostItems) items"
        case .tooCostly: "the costs are so large that sums of them would not be exact"
        }
    }
}

/// The greatest common divisor of two numbers that are not negative; 0 of 0 and 0.
func greatestCommonDivisor(_ left: Int64, _ right: Int64) -> Int64 {
    var (left, right) = (left, right)
    while right != 0 { (left, right) = (right, left % right) }
    return left
}
