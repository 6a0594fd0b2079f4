#if DEBUG
    import Foundation
    import Glibc

    /// The step at which this process dies, for tests that look at what a death at the worst moment leaves
    /// behind. Read once; a release build has none of this.
    private let deadlyStep = ProcessInfo.processInfo.environment["FILLSCHEDULER_DIES_AT"]
#endif

/// The steps of the commits that keep a job whole. A debug build dies at the one that `FILLSCHEDULER_DIES_AT`
/// names, as by `kill -9`.
enum FaultPoint: String {
    /// The row of a submission is written, its key is not.
    case submissionRow = "submission-row"
    /// All of a submission is written and not yet committed.
    case submissionWritten = "submission-written"
    /// A submission is committed, and its caller does not know yet.
    case submissionCommitted = "submission-committed"
    /// The status says completed, the result is not written.
    case completionStatus = "completion-status"
    /// The result is written, what else is known of it is not.
    case completionResult = "completion-result"
    /// All of a completion is written and not yet committed.
    case completionWritten = "completion-written"
    /// A completion is committed, and its worker does not know yet.
    case completionCommitted = "completion-committed"

    /// Says that the process is there.
    @inline(__always)
    func reached() {
        #if DEBUG
            if deadlyStep == rawValue { kill(getpid(), SIGKILL) }
        #endif
    }
}
