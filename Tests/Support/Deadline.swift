/// A condition did not come to hold in time.
package struct DeadlineExceeded: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Polls `condition` until it holds.
///
/// What tests use in place of a sleep that guesses: the condition is asked again every 10 ms, and the
/// deadline is generous because it only has to end a test that would otherwise hang.
///
/// - Throws: `DeadlineExceeded` that names `what`, or whatever `condition` throws.
package func eventually(
    _ what: String, within deadline: Duration = .seconds(30), _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + deadline
    while try await !condition() {
        guard ContinuousClock.now < end else {
            throw DeadlineExceeded("not within \(deadline): \(what)")
        }
        try await Task.sleep(for: .milliseconds(10))
    }
}
