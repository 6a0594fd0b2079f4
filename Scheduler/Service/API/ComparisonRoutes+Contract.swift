import SchedulerStore
import SchedulingCore
import SchedulingStrategies

/// What the routes of comparisons do.
extension ComparisonRoutes {
    private static let example: JSONTree = [
        "name": "Week 7", "strategies": ["smart-pack", "milp-opt"],
        "lots_data": [
            ["lot_id": "A1", "lot_type": "VialH", "vials": 120_000],
            ["lot_id": "A2", "lot_type": "VialE", "vials": 900_000],
        ],
    ]
    private static let form = ScheduleRoutes.form(
        with: ("strategies", Schema.string().says("As JSON text, or names with commas between them.")),
        isRequired: true)

    var submission: Operation {
        Operation(
            id: "compare", tag: .comparisons, summary: "Submits lots to be planned by 2 to 6 strategies.",
            detail: "Each strategy waits for a worker like a schedule of its own.",
            parameters: [ScheduleRoutes.idempotencyKey],
            body: [.json(.comparisonSubmission, example: Self.example), Self.form],
            answers: [
                .init(
                    status: 202, detail: "The comparison, durably stored.", contents: [.json(.comparison)],
                    headers: ["Location"])
            ],
            refusals: [.idempotencyKeyReused, .queueFull, .ownerQueueFull(limit: settings.ownerQueueLimit)])
    }

    static let showing = Operation(
        id: "comparison", tag: .comparisons,
        summary: "A comparison: each strategy, with the key figures of its result once there is one.",
        detail: "One that has ended never changes: its ETag says so.",
        parameters: [
            .comparisonID,
            .query("activities", .choice(["true", "false"]), "Whether results come with their activities."),
            .ifNoneMatch,
        ],
        answers: [.ok(.comparison, "The comparison."), .notModified],
        refusals: [.noSuchComparison, .invalidInput([]), .store(.damaged(what: ""))])

    static let listing = Operation(
        id: "comparisons", tag: .comparisons, summary: "A page of the caller's comparisons, newest first.",
        detail: "Administrators see everybody's.", parameters: Operation.Parameter.paging,
        answers: [.ok(.comparisonPage, "The page.")], refusals: [.invalidInput([])])

    static let deletion = Operation(
        id: "deleteComparison", tag: .comparisons,
        summary: "Deletes a comparison with its results; what runs of it is cancelled first.",
        parameters: [.comparisonID], answers: [.noContent],
        refusals: [.noSuchComparison, .notComparisonOwner])

    static let cancellation = Operation(
        id: "cancelComparison", tag: .comparisons, summary: "Cancels what waits or runs of a comparison.",
        parameters: [.comparisonID], answers: [.ok(.comparison, "The cancelled comparison.")],
        refusals: [.noSuchComparison, .notComparisonOwner, .comparisonFinal(.completed)])
}

extension EventRoutes {
    static let listeningToComparison = Operation(
        id: "comparisonEvents", tag: .comparisons,
        summary: "Server-sent events of a comparison until it ends.",
        detail: "As the events of a schedule, with the state of each strategy.",
        parameters: [.comparisonID, .lastEventID], answers: streamAnswers,
        refusals: [.noSuchComparison] + streamRefusals)
}

extension Component {
    /// A comparison as callers submit it: a schedule's submission with several strategies.
    static func comparisonSubmissionSchema(most lots: Int) -> Schema {
        .object(
            required: [
                ("lots_data", .array(of: .reference(to: .lot), count: 1...lots)),
                ("strategies", .array(of: .strategyName, count: SubmissionReading.comparedStrategies)),
            ], optional: submissionOptions)
    }

    /// - Parameter isListed: in a list, without settings and results.
    static func comparisonSchema(isListed: Bool) -> Schema {
        .object(
            required: [
                ("id", .identifier), ("owner", .string()), ("name", .string()),
                ("status", .choice(ScheduleStatus.allCases.map(\.rawValue))), ("version", .count),
                ("template", Schema.string().orNull), ("lots_count", .count), ("start_time", .moment),
                ("created_at", .moment), ("finished_at", Schema.moment.orNull),
                ("best_strategy", Schema.choice(Catalogue.entries.map(\.name)).orNull),
                ("best_makespan", Schema.number().orNull.says("Hours.")),
                ("bound", Schema.number().orNull.says("No schedule can be shorter, in hours.")),
                ("strategies", .array(of: comparedStrategySchema)),
            ] + (isListed ? [] : [("config", Schema.reference(to: .settings).orNull)]),
            optional: [("warnings", .array(of: .reference(to: .fault)))])
    }

    private static let comparedStrategySchema = Schema.object(
        [
            "strategy": .choice(Catalogue.entries.map(\.name)), "schedule_id": .identifier,
            "status": .choice(ScheduleStatus.allCases.map(\.rawValue)), "version": .count,
            "attempts": .count, "started_at": Schema.moment.orNull, "finished_at": Schema.moment.orNull,
            "makespan": Schema.number().orNull, "bound": Schema.number().orNull,
            "gap": Schema.number().orNull, "proven": .boolean,
            "error": Schema.object(["code": .string(), "message": .string()]).orNull,
        ], optional: ["result": Schema.any(of: [.reference(to: .result), figures]).orNull])

    /// A result without its activities.
    private static let figures = Schema.object([
        "makespan": .number(), "utilization": .number(0...1), "changeovers": .count,
        "lots_scheduled": .count, "window_violations": .count, "kpis": .reference(to: .keyFigures),
    ])
}

extension Operation.Parameter {
    static let comparisonID = path("id", "The comparison's ID.")
}
