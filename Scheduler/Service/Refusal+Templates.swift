import ServiceCore

extension Refusal {
    /// What the caller is told of a template that cannot be had as asked for.
    var templateProblem: Problem {
        switch self {
        case .noDefaultTemplate:
            Problem(
                title: "Not Found", status: 404,
                detail: "You have no default template; the system's settings hold.",
                code: "no-default-template")
        case .notTemplateOwner:
            Problem(
                title: "Forbidden", status: 403,
                detail: "Only the owner of a template may change it or, while it is private, choose it.",
                code: "not-owner")
        case .templateOutdated(let isPrecondition):
            Problem(
                title: isPrecondition ? "Precondition Failed" : "Conflict",
                status: isPrecondition ? 412 : 409,
                detail: "The template was changed meanwhile. Nothing was stored; read it again.",
                code: "template-changed")
        case .versionRequired:
            Problem(
                title: "Precondition Required", status: 428,
                detail: """
                    Say which version you saw: its ETag in If-Match, or its number in the field version. \
                    If-Match: * replaces whatever there is.
                    """,
                code: "version-required")
        case .templatesFull(let limit):
            Problem(
                title: "Conflict", status: 409,
                detail: "You may have \(limit) templates. Nothing was stored; delete one first.",
                code: "too-many-templates")
        default:
            Problem(
                title: "Not Found", status: 404, detail: "There is no such template.",
                code: "template-not-found")
        }
    }
}
