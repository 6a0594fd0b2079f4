import ServiceCore

extension Refusal {
    /// What the caller is told of a comparison that cannot be had as asked for.
    var comparisonProblem: Problem {
        switch self {
        case .notComparisonOwner:
            Problem(
                title: "Forbidden", status: 403, detail: "Only the owner of a comparison may change it.",
                code: "not-owner")
        case .partOfComparison(let id):
            Problem(
                title: "Conflict", status: 409,
                detail: "The schedule belongs to the comparison \(id) and is deleted with it.",
                code: "part-of-comparison")
        case .comparisonFinal(let status):
            Problem(
                title: "Conflict", status: 409,
                detail: "The comparison is already \(status.rawValue) and can no longer be cancelled.",
                code: "already-final")
        default:
            Problem(
                title: "Not Found", status: 404, detail: "There is no such comparison.",
                code: "comparison-not-found")
        }
    }
}
