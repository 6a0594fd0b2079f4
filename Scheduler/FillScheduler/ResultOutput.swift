import Foundation

/// Standard output for what a command was asked for, and nothing else: while this is in force, what a C
/// library prints to standard output goes to standard error.
struct ResultOutput {
    private let kept: Int32

    init() {
        fflush(nil)
        kept = dup(STDOUT_FILENO)
        if kept >= 0 { dup2(STDERR_FILENO, STDOUT_FILENO) }
    }

    /// Ends the diversion.
    func restore() {
        guard kept >= 0 else { return }
        fflush(nil)
        dup2(kept, STDOUT_FILENO)
        close(kept)
    }
}
