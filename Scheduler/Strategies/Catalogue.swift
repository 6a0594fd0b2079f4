package import SchedulingCore

/// The strategies by name: the one table. A new strategy is one file and one row here.
package enum Catalogue {
    package struct Entry: Sendable {
        /// The name that is stored and shown.
        package var name: String
        package var aliases: [String]
        /// One sentence for people.
        package var description: String
        let make: @Sendable () -> any Strategy
    }

    package static let entries: [Entry] = [
        Entry(
            name: "smart-pack", aliases: ["smart"],
            description: "Weighs the hours gained against the cost of switching type and the slack left "
                + "unusable, looking a few lots ahead.",
            make: { SmartPack() }),
        Entry(
            name: "spt-pack", aliases: ["spt"],
            description: "Types with the most lots first, short fills first within them.",
            make: { SPTPack() }),
        Entry(
            name: "lpt-pack", aliases: ["lpt"],
            description: "Long fills first.",
            make: { LPTPack() }),
        Entry(
            name: "cfs-pack", aliases: ["cfs"],
            description: "Clusters the lots by type first, then sequences each cluster.",
            make: { CFSPack() }),
        Entry(
            name: "hybrid-pack", aliases: ["hybrid"],
            description: "As smart-pack, but stays on a type where it can and takes its short fills first.",
            make: { HybridPack() }),
        Entry(
            name: "milp-opt", aliases: ["milp"],
            description:
                "The provably best schedule, or the best found with a proven bound; a heuristic with a "
                + "bound where the order inside a block matters, as with most changeover matrices.",
            make: { MilpOpt() }),
    ]

    /// The strategy that a request without one gets.
    package static let defaultName = "smart-pack"

    /// The entry that `name` stands for: its name or an alias, in any case, with `_` for `-` if so written.
    /// - Throws: a refusal that lists the known names.
    package static func entry(named name: String) throws(StrategyRefusal) -> Entry {
        let wanted = TextRule.trimmed(name).lowercased().replacing("_", with: "-")
        guard let entry = entries.first(where: { $0.name == wanted || $0.aliases.contains(wanted) }) else {
            throw .unknown(name)
        }
        return entry
    }

    /// The strategy that `name` stands for.
    /// - Throws: as `entry(named:)`.
    package static func strategy(named name: String) throws(StrategyRefusal) -> any Strategy {
        try entry(named: name).make()
    }
}

/// Why a name is not accepted as a strategy.
package enum StrategyRefusal: Error, Hashable, CustomStringConvertible {
    case unknown(String)

    package var description: String {
        switch self {
        case .unknown(let name):
            let known = Catalogue.entries.map(\.name).joined(separator: ", ")
            return "there is no strategy \"\(TextRule.shown(name))\"; known are \(known)"
        }
    }

    /// The refusal as a fault of the caller's input.
    package func faults(field: String = "strategy") -> InputFaults { InputFaults(field: field, description) }
}
