import SchedulerStore
import SchedulingCore

/// What the routes of templates do.
extension TemplateRoutes {
    private static let name = Schema.text(1...InputLimits.nameLength)
    private static let isPublic = Schema.boolean.orNull.says("Whether everybody may read and use it.")
    private static let settings = Schema.reference(to: .statedSettings)
    private static let version = Schema.whole(1...Int64(Int32.max)).orNull
    private static let kind = Schema.any(of: [.constant(.string(TemplateFile.kind)), .constant(nil)])
    private static let format = Schema.any(of: [
        .constant(.whole(Int64(TemplateFile.format))), .constant(nil),
    ])
    private static let example: JSONTree = [
        "name": "Line 2", "config": ["clean_hours": 20, "fill_rate_vph": 24_000],
    ]

    private static func stored(_ status: Int, _ detail: String, headers: [String] = []) -> Operation.Answer {
        .init(status: status, detail: detail, contents: [.json(.template)], headers: ["ETag"] + headers)
    }

    var creation: Operation {
        Operation(
            id: "createTemplate", tag: .templates, summary: "Stores settings as a template.",
            body: [
                .json(
                    .object(
                        ["name": Self.name, "config": Self.settings], optional: ["is_public": Self.isPublic]),
                    example: Self.example)
            ], answers: [Self.stored(201, "The template.", headers: ["Location"])],
            refusals: [.templatesFull(limit: settings.templateLimit)])
    }

    var importing: Operation {
        Operation(
            id: "importTemplate", tag: .templates,
            summary: "Stores an exported file as a new private template.",
            body: [
                .json(
                    .object(
                        ["name": Self.name, "config": Self.settings],
                        optional: ["is_public": Self.isPublic, "kind": Self.kind, "format": Self.format]),
                    example: Self.example)
            ], answers: [Self.stored(201, "The template.", headers: ["Location"])],
            refusals: [.templatesFull(limit: settings.templateLimit)])
    }

    static let listing = Operation(
        id: "templates", tag: .templates, summary: "A page of the templates that the caller may use.",
        parameters: Operation.Parameter.paging + [
            .query(
                "scope", Schema.choice(TemplateScope.allCases.map(\.rawValue)).standard("all"),
                "Their own, public ones of others, or all.")
        ], answers: [.ok(.templatePage, "The page.")], refusals: [.invalidInput([])])

    static let validation = Operation(
        id: "validateTemplate", tag: .templates, summary: "Tells everything that is wrong with a template.",
        detail: "Nothing is stored. A body that can be read at all is answered with 200, faults or not.",
        body: [
            .json(
                .object(
                    ["config": settings],
                    optional: [
                        "name": name.orNull, "is_public": isPublic, "version": version, "kind": kind,
                        "format": format,
                    ]), example: example)
        ],
        answers: [
            .init(
                status: 200, detail: "What was found, and all settings with the defaults.",
                contents: [
                    .json(
                        .object([
                            "valid": .boolean, "errors": .array(of: .reference(to: .fault)),
                            "warnings": .array(of: .reference(to: .fault)),
                            "config": Schema.reference(to: .settings).orNull,
                        ]))
                ])
        ])

    static let systemSettings = Operation(
        id: "systemSettings", tag: .templates,
        summary: "The settings that hold where nobody says otherwise, and the bounds of each figure.",
        answers: [
            .init(
                status: 200, detail: "The settings.",
                contents: [
                    .json(
                        .object([
                            "config": .reference(to: .settings),
                            "bounds": .table(of: .object(["minimum": .number(), "maximum": .number()])),
                        ]))
                ])
        ], refusals: [.invalidInput([])])

    static let showingDefault = Operation(
        id: "defaultTemplate", tag: .templates, summary: "The caller's default template.",
        answers: [stored(200, "The template.")], refusals: [.noDefaultTemplate, .invalidInput([])])

    static let clearing = Operation(
        id: "clearDefaultTemplate", tag: .templates, summary: "Leaves the caller without a default template.",
        answers: [.noContent], refusals: [.noDefaultTemplate])

    static let choosing = Operation(
        id: "setDefaultTemplate", tag: .templates,
        summary: "Makes a template the caller's default, in place of any other.",
        parameters: [.templateID], answers: [stored(200, "The template.")],
        refusals: [.noSuchTemplate, .notTemplateOwner])

    static let showing = Operation(
        id: "template", tag: .templates, summary: "A template.", parameters: [.templateID],
        answers: [stored(200, "The template.")], refusals: [.noSuchTemplate, .invalidInput([])])

    static let replacing = Operation(
        id: "replaceTemplate", tag: .templates, summary: "Replaces a template.",
        detail: "The version that the caller saw is said by If-Match or by version.",
        parameters: [
            .templateID, .header("If-Match", .string(), "The ETag of what the caller saw, or *."),
        ],
        body: [
            .json(
                .object(
                    ["name": name, "config": settings], optional: ["is_public": isPublic, "version": version]),
                example: [
                    "name": "Line 2", "version": 1, "config": ["clean_hours": 20, "fill_rate_vph": 24_000],
                ])
        ], answers: [stored(200, "The template.")],
        refusals: [
            .noSuchTemplate, .notTemplateOwner, .templateOutdated(isPrecondition: true),
            .templateOutdated(isPrecondition: false), .versionRequired,
        ])

    static let deletion = Operation(
        id: "deleteTemplate", tag: .templates, summary: "Deletes a template.",
        detail: "Schedules keep the settings that they were planned with.", parameters: [.templateID],
        answers: [.noContent], refusals: [.noSuchTemplate, .notTemplateOwner])

    static let exporting = Operation(
        id: "exportTemplate", tag: .templates, summary: "A template as a file to be imported elsewhere.",
        parameters: [.templateID],
        answers: [
            .init(
                status: 200, detail: "The file.", contents: [.json(.templateFile)],
                headers: ["Content-Disposition"])
        ], refusals: [.noSuchTemplate, .invalidInput([])])
}
