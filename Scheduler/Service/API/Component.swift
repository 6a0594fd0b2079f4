import SchedulerStore
import SchedulingCore
import SchedulingStrategies

/// The schemas that have names in the document.
enum Component: String, CaseIterable, Sendable {
    case problem = "Problem"
    case fault = "Fault"
    case lot = "Lot"
    case settings = "Settings"
    case statedSettings = "StatedSettings"
    case submission = "Submission"
    case schedule = "Schedule"
    case listedSchedule = "ListedSchedule"
    case finishedSchedule = "FinishedSchedule"
    case structuredSchedule = "StructuredSchedule"
    case schedulePage = "SchedulePage"
    case comparisonSubmission = "ComparisonSubmission"
    case comparison = "Comparison"
    case listedComparison = "ListedComparison"
    case comparisonPage = "ComparisonPage"
    case result = "Result"
    case activity = "Activity"
    case keyFigures = "KeyFigures"
    case statistics = "Statistics"
    case validation = "Validation"
    case strategy = "Strategy"
    case template = "Template"
    case templatePage = "TemplatePage"
    case templateFile = "TemplateFile"

    var reference: String { "#/components/schemas/\(rawValue)" }

    func schema(under settings: ServiceSettings) -> Schema {
        switch self {
        case .problem: Self.problemSchema
        case .fault: Self.faultSchema
        case .lot: Self.lotSchema
        case .settings: Self.settingsSchema(isStated: false)
        case .statedSettings: Self.settingsSchema(isStated: true)
        case .submission: Self.submissionSchema(most: settings.inputLimits.lots)
        case .schedule: Self.scheduleSchema(more: [("config", .reference(to: .settings))])
        case .listedSchedule: Self.scheduleSchema(more: [])
        case .finishedSchedule:
            Self.scheduleSchema(more: [("config", .reference(to: .settings))], hasResult: true)
        case .structuredSchedule: Self.structuredSchema
        case .comparisonSubmission: Self.comparisonSubmissionSchema(most: settings.inputLimits.lots)
        case .comparison: Self.comparisonSchema(isListed: false)
        case .listedComparison: Self.comparisonSchema(isListed: true)
        case .comparisonPage: Self.page(of: "comparisons", .listedComparison)
        case .schedulePage: Self.page(of: "schedules", .listedSchedule)
        case .result: Self.resultSchema
        case .activity: Self.activitySchema
        case .keyFigures: Self.keyFiguresSchema
        case .statistics: Self.statisticsSchema
        case .validation: Self.validationSchema
        case .strategy: Self.strategySchema
        case .template: Self.templateSchema
        case .templatePage: Self.page(of: "templates", .template)
        case .templateFile: Self.templateFileSchema
        }
    }

    private static let problemSchema = Schema.object(
        [
            "type": .string(), "title": .string(), "status": .whole(400...599),
            "detail": .string().says("What went wrong this time and what the caller can do about it."),
            "code": .string(pattern: "^[a-z]+(-[a-z]+)*$").says("A stable word for programs."),
        ],
        optional: [
            "request_id": .string().says("The X-Request-ID of the answer."),
            "errors": .array(of: .reference(to: .fault)).says("One entry a fault of the input."),
        ], isOpen: true
    ).says("Every refusal and failure (RFC 9457).")

    private static let faultSchema = Schema.object(
        ["message": .string()],
        optional: [
            "field": .string().says("In the caller's terms.").example("lots_data[3].vials"),
            "line": .whole(1...Int64(Int32.max)).says("Of a CSV file or a JSON text, counted from 1."),
        ])

    private static let lotSchema = Schema.object(
        [
            "lot_id": .text(1...InputLimits.lotIDLength).says("No two lots have the same.").example("A1"),
            "lot_type": .text(1...InputLimits.lotTypeLength).example("VialH"),
            "vials": .whole(InputLimits.vials).says("No more than one window holds.").example(100_000),
        ],
        optional: [
            "fill_hours": .number().orNull.says(
                "Follows from the vials: one that says otherwise is not used and answered with a warning."),
            "due": Schema.string().orNull.says(
                "A day, which stands for its last second in UTC, or a time of RFC 3339. Breaks ties."),
            "priority": Schema.whole(InputLimits.priorities).orNull.says(
                "The higher the sooner. Breaks ties."),
        ], isOpen: true
    ).says("Other members are not used, and a warning says so.")

    /// - Parameter isStated: as a caller states them, who may leave out any; else all are there but a matrix
    ///   without pairs.
    private static func settingsSchema(isStated: Bool) -> Schema {
        typealias Key = PlanningConfig.Key
        let members: KeyValuePairs<String, Schema> = [
            Key.fillRate.rawValue: .whole(LineRules.fillRates).says("Vials filled in an hour."),
            Key.clean.rawValue: .hours(LineRules.cleans).says("The clean before every block."),
            Key.window.rawValue: .hours(LineRules.windows).says("The longest that a block may last."),
            Key.sameTypeChangeover.rawValue: .hours(LineRules.changeovers).says(
                "Between two lots of one type."),
            Key.otherTypeChangeover.rawValue: .hours(LineRules.changeovers).says(
                "Between lots of different types."),
            Key.clusterOrder.rawValue: .choice(PlanningConfig.ClusterOrder.allCases.map(\.rawValue)).says(
                "What cfs-pack orders its clusters by, most first."),
            Key.withinCluster.rawValue: .choice(PlanningConfig.FillOrder.allCases.map(\.rawValue)).says(
                "How cfs-pack orders the lots of a cluster."),
        ]
        let matrix = (key: Key.changeoverMatrix.rawValue, value: matrixSchema)
        let all = Array(members)
        return isStated
            ? .object(required: [], optional: all + [matrix]) : .object(required: all, optional: [matrix])
    }

    private static let matrixSchema = Schema.table(
        of: .table(of: .hours(LineRules.changeovers), keys: typeName, most: ChangeoverMatrix.mostTypes),
        keys: typeName, most: ChangeoverMatrix.mostTypes
    ).says("Changeovers from type to type, in place of the two; pairs that are left out take those.")
        .example(["VialH": ["VialE": 6]])

    private static let typeName = Schema.text(1...InputLimits.lotTypeLength)

    private static func submissionSchema(most lots: Int) -> Schema {
        .object(
            required: [("lots_data", .array(of: .reference(to: .lot), count: 1...lots))],
            optional: submissionOptions
                + [("strategy", Schema.strategyName.orNull.standard(.string(Catalogue.defaultName)))])
    }

    /// What every submission may say of how to plan.
    static let submissionOptions: [(key: String, value: Schema)] = [
        ("name", Schema.text(1...InputLimits.nameLength).orNull.says("Without one it is the time.")),
        (
            "template",
            Schema.string(length: 1...64).orNull.says(
                "The ID of the template whose settings hold where config is silent, or \"system\". "
                    + "Without one it is your default template, or else the system's settings.")
        ),
        ("config", Schema.reference(to: .statedSettings).orNull),
        (
            "start_time",
            Schema.statedMoment.orNull.says(
                "When the first clean begins; now if it is not said. Without an offset it is UTC.")
        ),
    ]

    private static let structuredSchema = Schema.object([
        "schedule": .reference(to: .schedule),
        "activities": .array(
            of: activity(more: ["id": .string(), "sequence": .whole(1...1_000_000), "block": .count])),
        "blocks": .array(
            of: .object([
                "block": .count, "start": Schema.moment.orNull, "end": Schema.moment.orNull, "lots": .count,
                "hours": .number(),
            ])),
    ])

    private static func scheduleSchema(
        more: [(key: String, value: Schema)], hasResult: Bool = false
    ) -> Schema {
        let statuses = ScheduleStatus.allCases.map(\.rawValue)
        return .object(
            required: [
                ("id", .identifier), ("owner", .string()), ("name", .string()),
                ("strategy", .choice(Catalogue.entries.map(\.name))), ("status", .choice(statuses)),
                ("version", Schema.count.says("Counts the changes of state.")),
                ("attempts", Schema.count.says("How often a worker has begun it.")),
                ("comparison", Schema.identifier.orNull.says("The comparison that it is a part of.")),
                ("template", Schema.string().orNull), ("makespan", Schema.number().orNull.says("Hours.")),
                ("bound", Schema.number().orNull.says("No schedule can be shorter, in hours.")),
                ("gap", Schema.number().orNull.says("The part of the makespan above the bound.")),
                ("proven", Schema.boolean.says("Whether no schedule can be shorter.")),
                ("lots_count", .count), ("start_time", .moment), ("created_at", .moment),
                ("started_at", Schema.moment.orNull), ("finished_at", Schema.moment.orNull),
                ("error", Schema.object(["code": .string(), "message": .string()]).orNull),
            ] + more,
            optional: hasResult
                ? [("result", Schema.reference(to: .result).says("Of a completed schedule."))]
                : [("warnings", .array(of: .reference(to: .fault)))])
    }

    private static func page(of name: String, _ element: Component) -> Schema {
        .object(required: [
            (name, .array(of: .reference(to: element))), ("total", Schema.count.says("On all pages.")),
            ("page", .count), ("page_size", .count),
        ])
    }

    private static let resultSchema = Schema.object([
        "makespan": .number().says("Hours from the start of the first clean to the end of the last fill."),
        "utilization": .number(0...1).says("The part of the makespan in which the line fills."),
        "changeovers": .count, "lots_scheduled": .count, "window_violations": .count,
        "kpis": .reference(to: .keyFigures), "activities": .array(of: .reference(to: .activity)),
    ])

    private static let activitySchema = activity(more: [:])

    private static func activity(more: KeyValuePairs<String, Schema>) -> Schema {
        .object(
            required: [
                ("start", .moment), ("end", .moment),
                ("kind", .choice(ActivityKind.allCases.map(\.rawValue))),
                ("lot_id", Schema.string().orNull), ("lot_type", Schema.string().orNull),
                ("note", .string()), ("duration_hours", .number()),
            ] + Array(more), optional: [("due", .moment), ("priority", .whole(InputLimits.priorities))])
    }

    private static let keyFiguresSchema = Schema.object([
        "blocks": .count, "vials": .count, "fill_hours": .number(), "clean_hours": .number(),
        "changeover_hours": .number(), "changeovers_same_type": .count, "changeovers_other_type": .count,
        "unused_window_hours": .number(), "vials_per_hour": .number(),
    ])

    private static let statisticsSchema = Schema.object([
        "total": .count, "by_status": .table(of: .count), "by_strategy": .table(of: .count),
    ])

    private static let validationSchema = Schema.object([
        "valid": .boolean, "errors": .array(of: .reference(to: .fault)),
        "warnings": .array(of: .reference(to: .fault)), "lots_count": .count,
    ])

    private static let strategySchema = Schema.object([
        "name": .string(), "aliases": .array(of: .string()), "description": .string(),
    ])

    private static let templateSchema = Schema.object([
        "id": .identifier, "owner": .string(), "name": .string(), "version": .count, "is_public": .boolean,
        "is_default": .boolean, "created_at": .moment, "updated_at": .moment,
        "config": .reference(to: .settings),
    ])

    private static let templateFileSchema = Schema.object([
        "kind": .constant(.string(TemplateFile.kind)),
        "format": .constant(.whole(Int64(TemplateFile.format))),
        "name": .string(), "config": .reference(to: .settings),
    ])
}

extension Schema {
    /// A strategy as callers name it. Any case, and `_` for `-`, will do too.
    static let strategyName = choice(Catalogue.entries.flatMap { [$0.name] + $0.aliases })
}
