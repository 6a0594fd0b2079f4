import Foundation
import SchedulerStore
import SchedulingCore

/// The settings that a submission starts from; what its own `config` states goes over them.
struct SettingsBase {
    var config: PlanningConfig
    /// The template that they are of; nil for the system's.
    var templateID: String?

    /// The word that stands for the system's settings where a template is named.
    static let systemName = "system"
    static let system = SettingsBase(config: .standard)

    init(config: PlanningConfig, templateID: String? = nil) {
        self.config = config
        self.templateID = templateID
    }

    init(_ template: Template) throws(StoreFault) {
        self.init(config: try template.settings(), templateID: template.id)
    }
}

extension Template {
    func settings() throws(StoreFault) -> PlanningConfig {
        do { return try JSONDecoder().decode(PlanningConfig.self, from: config) } catch {
            throw .damaged(what: "the settings of template \(id) cannot be read: \(error)")
        }
    }
}

extension PlanningConfig {
    /// `base`, with each member that `value` states in place of that of `base`; without a value, `base`.
    /// - Throws: every fault, each with its field below `config`.
    init(_ value: JSONValue?, over base: PlanningConfig) throws(InputFaults) {
        guard let value, value != .null else {
            self = base
            return
        }
        guard base != .standard, case .object(let stated) = value,
            case .object(var members) = try JSONValue(parsing: WireJSON.data(base))
        else {
            try self.init(value)
            return
        }
        members.removeAll { member in stated.contains { $0.key == member.key } }
        try self.init(.object(members + stated))
    }
}
