import HTTPTypes
import ServiceCore

/// The OpenAPI 3.1 document of the service, made of the descriptions of its routes and of its settings.
struct OpenAPIDocument {
    let routes: [APIContract.Route]
    let settings: ServiceSettings

    static let version = "3.1.0"

    var tree: JSONTree {
        var paths: [String: JSONTree] = [:]
        for route in routes {
            var item = paths[route.path]?.members ?? [:]
            item[route.method.rawValue.lowercased()] = operation(route.operation)
            paths[route.path] = .object(item)
        }
        var schemas: [String: JSONTree] = [:]
        for component in Component.allCases {
            schemas[component.rawValue] = component.schema(under: settings).tree
        }
        return [
            "openapi": .string(Self.version),
            "info": [
                "title": "Fillgate scheduler", "version": "1",
                "description": """
                Plans the lots of a filling line. Callers reach it through the gateway, which \
                authenticates them. Errors are problems of RFC 9457 with a stable code; times are \
                RFC 3339 in UTC; every answer has an X-Request-ID.
                """,
            ],
            "servers": [["url": "/"]],
            "tags": .array(Operation.Tag.allCases.map { ["name": .string($0.rawValue)] }),
            "security": [["bearer": []], ["session": []]],
            "paths": .object(paths),
            "components": [
                "schemas": .object(schemas),
                "headers": [
                    "X-Request-ID": [
                        "description": "Tells operators which request this was.", "required": true,
                        "schema": ["type": "string"],
                    ],
                    "Retry-After": [
                        "description": "Seconds after which the caller may try again.",
                        "schema": ["type": "integer"],
                    ],
                ],
                "securitySchemes": [
                    "bearer": [
                        "type": "http", "scheme": "bearer",
                        "description": "The token of a session or an API key (fgk_…).",
                    ],
                    "session": [
                        "type": "apiKey", "in": "cookie", "name": "__Host-fillgate",
                        "description": "What browsers get when they log in.",
                    ],
                ],
            ],
        ]
    }

    private func operation(_ operation: Operation) -> JSONTree {
        var members: [String: JSONTree] = [
            "operationId": .string(operation.id), "tags": [.string(operation.tag.rawValue)],
            "summary": .string(operation.summary), "responses": .object(responses(of: operation)),
        ]
        if !operation.detail.isEmpty { members["description"] = .string(operation.detail) }
        if operation.isOpen { members["security"] = [] }
        if !operation.parameters.isEmpty {
            members["parameters"] = .array(operation.parameters.map(Self.parameter))
        }
        if !operation.body.isEmpty {
            members["requestBody"] = ["required": true, "content": Self.contents(operation.body)]
        }
        return .object(members)
    }

    private static func parameter(_ parameter: Operation.Parameter) -> JSONTree {
        [
            "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
            "required": .bool(parameter.place == .path), "description": .string(parameter.detail),
            "schema": parameter.schema.tree,
        ]
    }

    private static func contents(_ contents: [Operation.Content]) -> JSONTree {
        var types: [String: JSONTree] = [:]
        for content in contents {
            var members: [String: JSONTree] = [:]
            if let schema = content.schema { members["schema"] = schema.tree }
            if let example = content.example { members["example"] = example }
            types[content.type] = .object(members)
        }
        return .object(types)
    }

    // MARK: - Answers

    private func responses(of operation: Operation) -> [String: JSONTree] {
        var responses: [String: JSONTree] = [:]
        for answer in operation.answers {
            var headers: [String: JSONTree] = [
                "X-Request-ID": ["$ref": "#/components/headers/X-Request-ID"]
            ]
            for name in answer.headers {
                headers[name] = ["required": true, "schema": ["type": "string"]]
            }
            var members: [String: JSONTree] = [
                "description": .string(answer.detail), "headers": .object(headers),
            ]
            if !answer.contents.isEmpty { members["content"] = Self.contents(answer.contents) }
            responses[String(answer.status)] = .object(members)
        }
        for refusal in RefusalAnswer.all(of: operation, under: settings) {
            // A status may also be that of an answer: readiness is 503 with a document of its own.
            let status = String(refusal.status)
            if let answer = responses[status] {
                var contents = answer["content"]?.members ?? [:]
                contents[Problem.mediaType] = ["schema": refusal.schema]
                var members = answer.members
                members["content"] = .object(contents)
                responses[status] = .object(members)
            } else {
                responses[status] = refusal.tree
            }
        }
        return responses
    }
}

/// All that is refused with one status.
struct RefusalAnswer {
    var status: Int
    /// Each code, and what it means; nothing for those of the gateway.
    var meanings: [(code: String, detail: String)]
    var isWorthRetrying: Bool

    /// The refusals of `operation`, those of every operation and those of the gateway, by status.
    static func all(of operation: Operation, under settings: ServiceSettings) -> [RefusalAnswer] {
        var refusals = operation.refusals + [.store(.unavailable(reason: "")), .unexpected("")]
        if !operation.isOpen { refusals.append(.unauthenticated(nil)) }
        if !operation.body.isEmpty {
            let types = operation.body.map(\.type).joined(separator: " or ")
            refusals += [
                .invalidInput([]), .bodyTooLarge(limit: settings.bodyLimit), .bodyIncomplete,
                .unsupportedMediaType(expected: types),
            ]
        }
        var byStatus: [Int: RefusalAnswer] = [:]
        for refusal in refusals {
            let problem = refusal.problem
            var answer =
                byStatus[problem.status]
                ?? RefusalAnswer(status: problem.status, meanings: [], isWorthRetrying: false)
            if !answer.meanings.contains(where: { $0.code == problem.code }) {
                answer.meanings.append((problem.code, Self.meaning(of: refusal, problem)))
            }
            answer.isWorthRetrying = answer.isWorthRetrying || refusal.retryAfter != nil
            byStatus[problem.status] = answer
        }
        for (status, codes) in GatewayAnswers.codes {
            var answer =
                byStatus[status] ?? RefusalAnswer(status: status, meanings: [], isWorthRetrying: false)
            for code in codes where !answer.meanings.contains(where: { $0.code == code }) {
                answer.meanings.append((code, ""))
            }
            byStatus[status] = answer
        }
        return byStatus.values.sorted { $0.status < $1.status }
    }

    /// The sentence, but for that which counts faults.
    private static func meaning(of refusal: Refusal, _ problem: Problem) -> String {
        if case .invalidInput = refusal { return "Every fault of the input is in errors." }
        return problem.detail
    }

    var schema: JSONTree {
        [
            "allOf": [
                ["$ref": .string(Component.problem.reference)],
                [
                    "properties": [
                        "status": ["const": .whole(Int64(status))],
                        "code": ["enum": .array(meanings.map { .string($0.code) })],
                    ]
                ],
            ]
        ]
    }

    var tree: JSONTree {
        var headers: [String: JSONTree] = ["X-Request-ID": ["$ref": "#/components/headers/X-Request-ID"]]
        if isWorthRetrying || status == 429 {
            headers["Retry-After"] = ["$ref": "#/components/headers/Retry-After"]
        }
        let lines = meanings.map { meaning in
            meaning.detail.isEmpty
                ? "`\(meaning.code)` (gateway)" : "`\(meaning.code)`: \(meaning.detail)"
        }
        return [
            "description": .string(lines.joined(separator: "\n\n")), "headers": .object(headers),
            "content": [Problem.mediaType: ["schema": schema]],
        ]
    }
}
