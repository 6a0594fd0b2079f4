import GatewayCore

/// The operators' listener while it runs. A reload that changes its address starts another before it stops this
/// one.
struct RunningOperations: Sendable {
    let address: UpstreamSettings.Address
    let port: Int
    private let task: Task<Void, Never>

    /// Returns once it listens. `onEnd` is called should it end by itself later.
    ///
    /// Throws `refused` where it cannot listen.
    static func start(
        _ listener: OperationsListener, onEnd: @escaping @Sendable (CommandFailure) -> Void
    ) async throws(CommandFailure) -> RunningOperations {
        let (outcomes, continuation) = AsyncStream.makeStream(of: Result<Int, CommandFailure>.self)
        let task = Task {
            let isRunning = OneWayFlag()
            var failure = CommandFailure.refused("the listener on \(listener.address) ended")
            do {
                try await listener.run { port in
                    isRunning.raise()
                    continuation.yield(.success(port))
                }
            } catch {
                failure = .refused("cannot listen on \(listener.address): \(error)")
            }
            guard !Task.isCancelled else { return }
            if isRunning.isRaised { onEnd(failure) } else { continuation.yield(.failure(failure)) }
        }
        for await outcome in outcomes {
            let port = try outcome.get()
            return RunningOperations(address: listener.address, port: port, task: task)
        }
        throw .refused("cannot listen on \(listener.address)")
    }

    /// Stops listening and returns when it has.
    func stop() async {
        task.cancel()
        await task.value
    }
}
