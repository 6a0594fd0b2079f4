package import Foundation
package import SchedulingCore

/// Settings that were stored under a name, for the schedules of later days.
package struct Template: Sendable, Hashable {
    /// A UUIDv7, so that IDs sort by creation.
    package var id: String
    /// The ID of the user who made it.
    package var owner: String
    package var name: String
    /// Whether everybody may read and use it; only its owner changes it.
    package var isPublic: Bool
    /// Whether it is the default of the user who asks.
    package var isDefault: Bool
    /// Counts its changes. A writer that saw another version changes nothing.
    package var version: Int
    package var createdAt: UTCTime
    package var updatedAt: UTCTime
    /// The settings: JSON that the service writes and reads.
    package var config: Data
}

/// What its owner says of a template.
package struct TemplateContent: Sendable, Hashable {
    package var name: String
    package var isPublic: Bool
    package var config: Data

    package init(name: String, isPublic: Bool, config: Data) {
        self.name = name
        self.isPublic = isPublic
        self.config = config
    }
}

/// Who asks for templates: a user, and whether they may read everybody's.
package struct TemplateReader: Sendable, Hashable {
    package var user: String
    package var visibility: Visibility

    package init(user: String, visibility: Visibility) {
        self.user = user
        self.visibility = visibility
    }
}

/// Which of the templates that a user may read a list holds.
package enum TemplateScope: String, Sendable, Hashable, CaseIterable {
    /// Their own and those that others share; for administrators everybody's.
    case all
    /// Their own.
    case own
    /// Those that others share.
    case shared
}

/// One page of templates, newest first.
package struct TemplatePage: Sendable, Hashable {
    package var templates: [Template]
    /// How many there are on all pages.
    package var total: Int
}

/// What became of a new template.
package enum TemplateCreation: Sendable, Hashable {
    case created(Template)
    /// The owner has as many as they may. Nothing was stored.
    case ownerFull
}

/// What became of a change to a template.
package enum TemplateChange: Sendable, Hashable {
    case done(Template)
    /// It has another version than the writer saw. Nothing was changed.
    case outdated(Template)
    /// There is none that the caller may see.
    case notFound
    /// The caller may see it but is not its owner.
    case notOwner
}
