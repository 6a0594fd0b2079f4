import ServiceCore

/// All that a caller may configure of a schedule: the `config` of a request, and the body of a template.
///
/// On the wire an object with any of `fill_rate_vph`, `clean_hours`, `window_hours`, `chg_same_hours`,
/// `chg_diff_hours`, `changeover_matrix`, `cfs_cluster_order` and `cfs_within`; what is left out has its
/// default.
package struct PlanningConfig: Sendable, Hashable {
    package var rules: LineRules
    /// By what `cfs-pack` orders its clusters, most first.
    package var clusterOrder: ClusterOrder
    /// How `cfs-pack` orders the lots of a cluster.
    package var withinCluster: FillOrder

    package enum ClusterOrder: String, Sendable, Hashable, Codable, CaseIterable {
        case count, hours
    }

    package enum FillOrder: String, Sendable, Hashable, Codable, CaseIterable {
        case longestFirst = "lpt"
        case shortestFirst = "spt"
    }

    package static let standard = PlanningConfig(rules: .standard)

    package init(
        rules: LineRules, clusterOrder: ClusterOrder = .count, withinCluster: FillOrder = .longestFirst
    ) {
        self.rules = rules
        self.clusterOrder = clusterOrder
        self.withinCluster = withinCluster
    }
}

extension PlanningConfig {
    /// The keys of the wire form.
    package enum Key: String, CodingKey, CaseIterable {
        case fillRate = "fill_rate_vph"
        case clean = "clean_hours"
        case window = "window_hours"
        case sameTypeChangeover = "chg_same_hours"
        case otherTypeChangeover = "chg_diff_hours"
        case changeoverMatrix = "changeover_matrix"
        case clusterOrder = "cfs_cluster_order"
        case withinCluster = "cfs_within"
    }

    /// The configuration that a JSON text states, with defaults for what it leaves out.
    /// - Throws: every fault, each with its field below `field`, or the line of a text that is not JSON.
    package init(parsing text: some Collection<UInt8>, field: String = "config") throws(InputFaults) {
        try self.init(JSONValue(parsing: text), field: field)
    }

    /// The configuration that a JSON value states; `null` is the default configuration.
    /// - Throws: every fault, each with its field below `field`.
    package init(_ value: JSONValue, field: String = "config") throws(InputFaults) {
        if value == .null {
            self = .standard
            return
        }
        guard case .object(let members) = value else {
            throw InputFaults(field: field, "an object is expected, not \(value.kind)")
        }
        var reader = ConfigReader(prefix: field.isEmpty ? "" : field + ".", value: value)
        // As many as there are settings are enough to tell what went wrong.
        for member in members.lazy.filter({ Key(rawValue: $0.key) == nil }).prefix(Key.allCases.count) {
            reader.refuse(TextRule.shown(member.key), ConfigReader.unknown(member.key))
        }
        let standard = LineRules.standard
        let rules = LineRules(
            fillRate: VialsPerHour(
                reader.whole(.fillRate, in: LineRules.fillRates) ?? standard.fillRate.count),
            clean: reader.hours(.clean, in: LineRules.cleans) ?? standard.clean,
            window: reader.hours(.window, in: LineRules.windows) ?? standard.window,
            sameTypeChangeover: reader.hours(.sameTypeChangeover, in: LineRules.changeovers)
                ?? standard.sameTypeChangeover,
            otherTypeChangeover: reader.hours(.otherTypeChangeover, in: LineRules.changeovers)
                ?? standard.otherTypeChangeover,
            changeoverMatrix: reader.matrix(.changeoverMatrix) ?? .none)
        let clusterOrder: ClusterOrder? = reader.choice(.clusterOrder)
        let withinCluster: FillOrder? = reader.choice(.withinCluster)
        guard reader.faults.isEmpty, let rules else { throw InputFaults(reader.faults) }
        self.init(
            rules: rules, clusterOrder: clusterOrder ?? .count, withinCluster: withinCluster ?? .longestFirst)
    }
}

extension PlanningConfig: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let standard = LineRules.standard
        let rules = LineRules(
            fillRate: try container.decodeIfPresent(VialsPerHour.self, forKey: .fillRate)
                ?? standard.fillRate,
            clean: try container.decodeIfPresent(Hours.self, forKey: .clean) ?? standard.clean,
            window: try container.decodeIfPresent(Hours.self, forKey: .window) ?? standard.window,
            sameTypeChangeover: try container.decodeIfPresent(Hours.self, forKey: .sameTypeChangeover)
                ?? standard.sameTypeChangeover,
            otherTypeChangeover: try container.decodeIfPresent(Hours.self, forKey: .otherTypeChangeover)
                ?? standard.otherTypeChangeover,
            changeoverMatrix: try container.decodeIfPresent(ChangeoverMatrix.self, forKey: .changeoverMatrix)
                ?? .none)
        guard let rules else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a figure is out of its bounds"))
        }
        self.init(
            rules: rules,
            clusterOrder: try container.decodeIfPresent(ClusterOrder.self, forKey: .clusterOrder) ?? .count,
            withinCluster: try container.decodeIfPresent(FillOrder.self, forKey: .withinCluster)
                ?? .longestFirst)
    }

    /// Every setting is there; a matrix only where it has a pair.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(rules.fillRate, forKey: .fillRate)
        try container.encode(rules.clean, forKey: .clean)
        try container.encode(rules.window, forKey: .window)
        try container.encode(rules.sameTypeChangeover, forKey: .sameTypeChangeover)
        try container.encode(rules.otherTypeChangeover, forKey: .otherTypeChangeover)
        if !rules.changeoverMatrix.isEmpty {
            try container.encode(rules.changeoverMatrix, forKey: .changeoverMatrix)
        }
        try container.encode(clusterOrder, forKey: .clusterOrder)
        try container.encode(withinCluster, forKey: .withinCluster)
    }
}

/// Reads the members of a configuration and collects what is wrong with them.
private struct ConfigReader {
    let prefix: String
    let value: JSONValue
    var faults: [Problem.Fault] = []

    init(prefix: String, value: JSONValue) {
        self.prefix = prefix
        self.value = value
    }

    static func unknown(_ key: String) -> String {
        let known = PlanningConfig.Key.allCases.map(\.rawValue).joined(separator: ", ")
        return "there is no such setting; known are \(known)"
    }

    mutating func refuse(_ key: String, _ message: String) {
        faults.append(.init(field: prefix + key, message: message))
    }

    mutating func whole(_ key: PlanningConfig.Key, in bounds: ClosedRange<Int64>) -> Int64? {
        guard let value = value[key.rawValue] else { return nil }
        guard case .number(let literal) = value, let number = try? literal.value(places: 0),
            bounds.contains(number)
        else {
            refuse(
                key.rawValue, "a whole number from \(bounds.lowerBound) to \(bounds.upperBound) is expected")
            return nil
        }
        return number
    }

    mutating func hours(_ key: PlanningConfig.Key, in bounds: ClosedRange<Hours>) -> Hours? {
        guard let value = value[key.rawValue] else { return nil }
        guard let hours = Hours(value, in: bounds) else {
            refuse(key.rawValue, Hours.expected(in: bounds))
            return nil
        }
        return hours
    }

    mutating func matrix(_ key: PlanningConfig.Key) -> ChangeoverMatrix? {
        guard let value = value[key.rawValue] else { return nil }
        do throws(InputFaults) {
            return try ChangeoverMatrix(value, field: prefix + key.rawValue)
        } catch {
            faults += error.faults
            return nil
        }
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: PlanningConfig.Key
    ) -> Choice? where Choice.RawValue == String {
        guard let value = value[key.rawValue] else { return nil }
        guard case .string(let word) = value, let choice = Choice(rawValue: word.lowercased()) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            refuse(key.rawValue, "one of \(known) is expected")
            return nil
        }
        return choice
    }
}
