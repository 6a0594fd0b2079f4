import SchedulerStore
import SchedulingCore
import ServiceCore

/// Every way in which a request is refused or fails. Each has its status, its code and its sentence here and
/// nowhere else; diagnostics go to the log and never into an answer.
enum Refusal: Error {
    case unauthenticated(AssertionFault?)
    case noSuchRoute
    /// There is the path, but not for this method.
    case methodNotAllowed(allowed: [String])
    case noSuchSchedule
    /// An administrator may read it, but only its owner may change it.
    case notOwner
    case noSuchComparison
    case notComparisonOwner
    /// A schedule of a comparison goes only with it.
    case partOfComparison(id: String)
    case comparisonFinal(ScheduleStatus)
    case noSuchTemplate
    case noDefaultTemplate
    /// Another user may read it, but not change it, nor choose it while it is private.
    case notTemplateOwner
    /// Somebody changed it meanwhile.
    /// - isPrecondition: Whether an `If-Match` said which version was seen.
    case templateOutdated(isPrecondition: Bool)
    /// Neither `If-Match` nor `version` says what the writer saw.
    case versionRequired
    case templatesFull(limit: Int)
    case invalidInput([Problem.Fault])
    case unsupportedMediaType(expected: String)
    case bodyTooLarge(limit: Int)
    case bodyIncomplete
    case idempotencyKeyReused
    case notCompleted(ScheduleStatus)
    case alreadyFinal(ScheduleStatus)
    case queueFull
    case ownerQueueFull(limit: Int)
    /// As many event streams of this user are open as may be.
    case tooManyStreams(limit: Int)
    /// As many event streams of all users are open as may be.
    case streamsFull
    /// As many files of this user are being made as may.
    case tooManyReports(limit: Int)
    /// As many files of all users are being made as may.
    case reportsBusy
    case store(StoreFault)
    /// A mistake of ours.
    case unexpected(String)

    /// What the caller is told.
    var problem: Problem {
        switch self {
        case .unauthenticated:
            Problem(
                title: "Unauthorized", status: 401,
                detail: "This service is reached through the gateway, which states who asks.",
                code: "assertion-invalid")
        case .noSuchRoute:
            Problem(title: "Not Found", status: 404, detail: "There is nothing here.", code: "not-found")
        case .methodNotAllowed(let allowed):
            Problem(
                title: "Method Not Allowed", status: 405,
                detail: "There is \(allowed.joined(separator: ", ")) here.", code: "method-not-allowed")
        case .noSuchSchedule:
            Problem(
                title: "Not Found", status: 404, detail: "There is no such schedule.",
                code: "schedule-not-found")
        case .notOwner:
            Problem(
                title: "Forbidden", status: 403, detail: "Only the owner of a schedule may change it.",
                code: "not-owner")
        case .noSuchComparison, .notComparisonOwner, .partOfComparison, .comparisonFinal: comparisonProblem
        case .noSuchTemplate, .noDefaultTemplate, .notTemplateOwner, .templateOutdated, .versionRequired,
            .templatesFull:
            templateProblem
        case .invalidInput(let faults):
            Problem(
                title: "Bad Request", status: 400, detail: Self.sentence(for: faults), code: "invalid-input",
                errors: faults)
        case .unsupportedMediaType(let expected):
            Problem(
                title: "Unsupported Media Type", status: 415, detail: "The body has to be \(expected).",
                code: "unsupported-media-type")
        case .bodyTooLarge(let limit):
            Problem(
                title: "Content Too Large", status: 413, detail: "The body may have at most \(limit) bytes.",
                code: "body-too-large")
        case .bodyIncomplete:
            Problem(
                title: "Bad Request", status: 400, detail: "The body ended before it was complete.",
                code: "body-incomplete")
        case .idempotencyKeyReused:
            Problem(
                title: "Conflict", status: 409,
                detail: "This Idempotency-Key was used with another request. Nothing was stored.",
                code: "idempotency-key-reused")
        case .notCompleted(let status):
            Problem(
                title: "Conflict", status: 409, detail: Self.whyNotCompleted(status), code: "not-completed")
        case .alreadyFinal(let status):
            Problem(
                title: "Conflict", status: 409,
                detail: "The schedule is already \(status.rawValue) and can no longer be cancelled.",
                code: "already-final")
        case .queueFull:
            Problem(
                title: "Service Unavailable", status: 503,
                detail: "As many schedules wait as may. Nothing was stored; try again later.",
                code: "queue-full")
        case .ownerQueueFull(let limit):
            Problem(
                title: "Too Many Requests", status: 429,
                detail: """
                    You may have \(limit) schedules that wait. Nothing was stored; try again when one of \
                    them is planned, or cancel some.
                    """,
                code: "queue-full")
        case .tooManyStreams(let limit):
            Problem(
                title: "Too Many Requests", status: 429,
                detail: "You may have \(limit) event streams open; close one of them.",
                code: "too-many-streams")
        case .streamsFull:
            Problem(
                title: "Service Unavailable", status: 503,
                detail: "As many event streams are open as may be; try again later.",
                code: "too-many-streams")
        case .tooManyReports(let limit):
            Problem(
                title: "Too Many Requests", status: 429,
                detail: "\(limit) files are being made for you already; wait for one of them.",
                code: "too-many-reports")
        case .reportsBusy:
            Problem(
                title: "Service Unavailable", status: 503,
                detail: "As many files are being made as may be; try again later.",
                code: "too-many-reports")
        case .store(.damaged):
            Problem(
                title: "Internal Server Error", status: 500,
                detail: "What is stored is damaged and cannot be shown. It can be deleted.",
                code: "result-damaged")
        case .store(.unavailable):
            Problem(
                title: "Service Unavailable", status: 503,
                detail: "The database does not answer; try again later.",
                code: "store-unavailable")
        case .unexpected:
            Problem(
                title: "Internal Server Error", status: 500,
                detail: "Something went wrong here. The request ID tells an operator what.",
                code: "internal-error")
        }
    }

    /// What an operator needs beyond the problem; nil if the problem says it all.
    var diagnostic: String? {
        switch self {
        case .unauthenticated(let fault): fault.map { "\($0)" } ?? "no assertion"
        case .store(let fault): fault.description
        case .unexpected(let what): what
        default: nil
        }
    }

    /// Seconds after which the caller may try again.
    var retryAfter: Int? {
        switch self {
        case .queueFull, .ownerQueueFull, .tooManyStreams, .streamsFull, .tooManyReports, .reportsBusy,
            .store(.unavailable):
            5
        default: nil
        }
    }

    private static func sentence(for faults: [Problem.Fault]) -> String {
        faults.count == 1 ? "The input has a fault." : "The input has \(faults.count) faults."
    }

    private static func whyNotCompleted(_ status: ScheduleStatus) -> String {
        switch status {
        case .pending: "The schedule waits to be planned."
        case .running: "The schedule is being planned."
        case .failed: "The schedule failed and has no result."
        case .cancelled: "The schedule was cancelled and has no result."
        case .completed: "The schedule is completed."
        }
    }
}
