import SchedulerStore
import SchedulingCore
import ServiceCore

/// A template as the API shows it.
struct TemplateDocument: Encodable {
    let template: Template
    let config: PlanningConfig

    init(_ template: Template) throws(StoreFault) {
        self.template = template
        config = try template.settings()
    }

    private enum CodingKeys: String, CodingKey {
        case id, owner, name, version, config
        case isPublic = "is_public"
        case isDefault = "is_default"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(template.id, forKey: .id)
        try container.encode(template.owner, forKey: .owner)
        try container.encode(template.name, forKey: .name)
        try container.encode(template.version, forKey: .version)
        try container.encode(template.isPublic, forKey: .isPublic)
        try container.encode(template.isDefault, forKey: .isDefault)
        try container.encode(template.createdAt, forKey: .createdAt)
        try container.encode(template.updatedAt, forKey: .updatedAt)
        try container.encode(config, forKey: .config)
    }
}

/// A page of templates as the API shows it.
struct TemplatePageDocument: Encodable {
    let templates: [TemplateDocument]
    let total: Int
    let page: Int
    let pageSize: Int

    private enum CodingKeys: String, CodingKey {
        case templates, total, page
        case pageSize = "page_size"
    }
}

/// A template as a file that another installation, or another user, imports.
struct TemplateFile: Encodable {
    static let kind = "fillscheduler-template"
    static let format = 1

    let name: String
    let config: PlanningConfig

    private enum CodingKeys: String, CodingKey { case kind, format, name, config }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.kind, forKey: .kind)
        try container.encode(Self.format, forKey: .format)
        try container.encode(name, forKey: .name)
        try container.encode(config, forKey: .config)
    }
}

/// What `POST /config/validate` answers.
struct TemplateValidationDocument: Encodable {
    let valid: Bool
    let errors: [Problem.Fault]
    let warnings: [Problem.Fault]
    /// All settings, with defaults for those that were left out; null if one has a fault.
    let config: PlanningConfig?

    private enum CodingKeys: String, CodingKey { case valid, errors, warnings, config }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(valid, forKey: .valid)
        try container.encode(errors, forKey: .errors)
        try container.encode(warnings, forKey: .warnings)
        try container.encode(config, forKey: .config)
    }
}

/// The settings that hold where nobody says otherwise, and within what figures may be.
struct SystemSettingsDocument: Encodable {
    let config = PlanningConfig.standard
    let bounds: [String: Bounds] = {
        func hours(_ range: ClosedRange<Hours>) -> Bounds {
            Bounds(minimum: range.lowerBound.value, maximum: range.upperBound.value)
        }
        let rates = LineRules.fillRates
        return [
            PlanningConfig.Key.fillRate.rawValue: Bounds(
                minimum: Double(rates.lowerBound), maximum: Double(rates.upperBound)),
            PlanningConfig.Key.clean.rawValue: hours(LineRules.cleans),
            PlanningConfig.Key.window.rawValue: hours(LineRules.windows),
            PlanningConfig.Key.sameTypeChangeover.rawValue: hours(LineRules.changeovers),
            PlanningConfig.Key.otherTypeChangeover.rawValue: hours(LineRules.changeovers),
        ]
    }()

    struct Bounds: Encodable {
        let minimum: Double
        let maximum: Double
    }

    private enum CodingKeys: String, CodingKey { case config, bounds }
}
