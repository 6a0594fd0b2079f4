import SchedulerStore
import SchedulingCore
import ServiceCore

/// What the routes of schedules do.
extension ScheduleRoutes {
    private static let submissionAnswers = [
        Operation.Answer(
            status: 202, detail: "The schedule, durably stored; it is planned as soon as a worker is free.",
            contents: [.json(.schedule)], headers: ["Location"])
    ]
    static let idempotencyKey = Operation.Parameter.header(
        "Idempotency-Key", .string(length: 1...RequestReading.idempotencyKeyLimit, pattern: "^[!-~]+$"),
        "The same key with the same request answers with the same schedule, for 24 hours.")
    private static let example: JSONTree = [
        "name": "Week 7", "strategy": "smart-pack", "start_time": "2026-02-09T06:00:00Z",
        "lots_data": [
            ["lot_id": "A1", "lot_type": "VialH", "vials": 120_000],
            ["lot_id": "A2", "lot_type": "VialE", "vials": 900_000],
        ],
    ]
    private static let form = form(with: ("strategy", .strategyName), isRequired: false)

    /// A form with a file of lots.
    static func form(with choice: (key: String, value: Schema), isRequired: Bool) -> Operation.Content {
        let file = Schema.file.says(
            "Lots with the columns Lot ID, Type and Vials, and Due and Priority if there are any.")
        return Operation.Content(
            type: "multipart/form-data",
            schema: .object(
                required: [("csv_file", file)] + (isRequired ? [choice] : []),
                optional: (isRequired ? [] : [choice]) + [
                    ("name", .text(1...InputLimits.nameLength)), ("template", .string(length: 1...64)),
                    ("config", Schema.string().says("Settings as JSON text.")),
                    ("start_time", .statedMoment),
                ]))
    }

    /// Refusals of every submission.
    private var submissionRefusals: [Refusal] {
        [.idempotencyKeyReused, .queueFull, .ownerQueueFull(limit: settings.ownerQueueLimit)]
    }

    var submission: Operation {
        Operation(
            id: "submit", tag: .schedules, summary: "Submits lots to be planned, as JSON or as a CSV file.",
            parameters: [Self.idempotencyKey],
            body: [.json(.submission, example: Self.example), Self.form], answers: Self.submissionAnswers,
            refusals: submissionRefusals)
    }

    var jsonSubmission: Operation {
        Operation(
            id: "submitJSON", tag: .schedules, summary: "Submits lots to be planned, as JSON.",
            parameters: [Self.idempotencyKey], body: [.json(.submission, example: Self.example)],
            answers: Self.submissionAnswers, refusals: submissionRefusals)
    }

    var validation: Operation {
        let lots = Schema.array(of: .reference(to: .lot), count: 1...settings.inputLimits.lots)
        return Operation(
            id: "validate", tag: .schedules,
            summary: "Tells everything that is wrong with a submission, or with lots alone.",
            detail: "Nothing is stored. A body that can be read at all is answered with 200, faults or not.",
            body: [
                .json(.any(of: [.reference(to: .submission), lots]), example: Self.example), Self.form,
            ], answers: [.ok(.validation, "What was found.")])
    }

    static let showing = Operation(
        id: "schedule", tag: .schedules,
        summary: "A schedule, and its result once it is completed.",
        detail: "A completed schedule never changes: its ETag says so.",
        parameters: [.scheduleID, .ifNoneMatch],
        answers: [.ok(.finishedSchedule, "The schedule."), .notModified],
        refusals: [.noSuchSchedule, .invalidInput([]), .store(.damaged(what: ""))])

    static let deletion = Operation(
        id: "deleteSchedule", tag: .schedules,
        summary: "Deletes a schedule with its result; a running one is cancelled first.",
        parameters: [.scheduleID], answers: [.noContent],
        refusals: [.noSuchSchedule, .notOwner, .partOfComparison(id: "…")])

    static let cancellation = Operation(
        id: "cancelSchedule", tag: .schedules, summary: "Cancels a schedule that waits or is being planned.",
        parameters: [.scheduleID], answers: [.ok(.schedule, "The cancelled schedule.")],
        refusals: [.noSuchSchedule, .notOwner, .alreadyFinal(.completed)])

    static let exporting = Operation(
        id: "exportSchedule", tag: .schedules, summary: "The result of a completed schedule as a file.",
        parameters: [
            .scheduleID,
            .query(
                "format",
                Schema.choice(ExportFormat.allCases.map(\.rawValue)).standard(
                    .string(ExportFormat.json.rawValue)), "The kind of file."), .ifNoneMatch,
        ],
        answers: [
            Operation.Answer(
                status: 200, detail: "The file.",
                contents: ExportFormat.allCases.map { format in
                    .init(
                        type: MediaType(format.mediaType)?.name ?? format.mediaType,
                        schema: format == .json ? .reference(to: .result) : nil)
                }, headers: ["ETag", "Content-Disposition"]), .notModified,
        ],
        refusals: [
            .noSuchSchedule, .notCompleted(.pending), .invalidInput([]),
            .tooManyReports(limit: ReportDesk.Limits().perUser), .reportsBusy, .store(.damaged(what: "")),
        ])

    static let listing = Operation(
        id: "schedules", tag: .schedules, summary: "A page of the caller's schedules, newest first.",
        detail: "Administrators see everybody's.",
        parameters: Operation.Parameter.paging + [
            .query("status", .choice(ScheduleStatus.allCases.map(\.rawValue)), "Only those in this state."),
            .query("strategy", .strategyName, "Only those of this strategy."),
            .query(
                "comparison", .identifier, "Only those of this comparison, which are not listed otherwise."),
            .query("search", .string(length: 0...InputLimits.nameLength), "A part of the name."),
        ], answers: [.ok(.schedulePage, "The page.")], refusals: [.invalidInput([])])

    static let counting = Operation(
        id: "statistics", tag: .schedules,
        summary: "How many schedules there are, by status and by strategy.",
        answers: [.ok(.statistics, "The counts.")], refusals: [.invalidInput([])])

    static let strategyListing = Operation(
        id: "strategies", tag: .schedules, summary: "The strategies by which lots can be planned.",
        answers: [
            .init(
                status: 200, detail: "All of them.",
                contents: [.json(.array(of: .reference(to: .strategy)))])
        ])
}

extension EventRoutes {
    static let listening = Operation(
        id: "scheduleEvents", tag: .schedules, summary: "Server-sent events of a schedule until it ends.",
        detail: """
            Events status and progress hold the whole state: status, progress from 0 to 1, message, \
            best_makespan and bound. The last event is end, with its reason.
            """,
        parameters: [.scheduleID, .lastEventID], answers: streamAnswers,
        refusals: [.noSuchSchedule] + streamRefusals)

    static let streamAnswers = [
        Operation.Answer(status: 200, detail: "The events.", contents: [.init(type: "text/event-stream")]),
        Operation.Answer(status: 204, detail: "There is nothing more to come."),
    ]
    static let streamRefusals: [Refusal] = [
        .invalidInput([]), .tooManyStreams(limit: Audience.Limits().perUser), .streamsFull,
    ]
}

extension StructuredRoute {
    static let showing = Operation(
        id: "structuredSchedule", tag: .schedules,
        summary:
            "A completed schedule with an ID and the block of each activity, for programs that keep plans.",
        parameters: [.scheduleID, .ifNoneMatch],
        answers: [.ok(.structuredSchedule, "The schedule.", headers: ["ETag"]), .notModified],
        refusals: [
            .noSuchSchedule, .notCompleted(.pending), .invalidInput([]), .store(.damaged(what: "")),
        ])
}

extension Operation.Parameter {
    static let lastEventID = header(
        "Last-Event-ID", .string(),
        "The last event that was seen; a browser that has seen the end is told 204.")
}

extension HealthRoutes {
    static func health(_ id: String) -> Operation {
        Operation(
            id: id, tag: .service, summary: "Whether the service is up.", isOpen: true,
            answers: [
                .init(
                    status: 200, detail: "It is.",
                    contents: [.json(.object(["status": .constant("up")]))])
            ])
    }

    static func readiness(_ id: String) -> Operation {
        let document = Schema.object([
            "status": .choice(["ready", "not ready"]), "database": .boolean, "keys": .boolean,
        ])
        return Operation(
            id: id, tag: .service, summary: "Whether the service can do its work.", isOpen: true,
            answers: [
                .init(status: 200, detail: "It can.", contents: [.json(document)]),
                .init(status: 503, detail: "It cannot yet, or no longer.", contents: [.json(document)]),
            ])
    }
}
