package import ServiceCore

extension Refusal {
    /// The body of the answer.
    package func problem(for id: RequestID) -> Problem {
        let form = form
        var problem = Problem(
            title: StatusText.reason(form.status), status: form.status, detail: form.detail, code: form.code,
            requestID: id.description)
        if case .invalidInput(let faults) = self { problem.errors = faults }
        return problem
    }
}
