package import NIOCore
import NIOPosix

/// An actor whose executor is a NIO event loop, holding something that belongs to that loop, as the
/// gateway's own loop actors do.
///
/// ```swift
/// let loop = LoopActor { loop in RedisStore(configuration: …, eventLoop: loop, logger: …) }
/// try await loop.run { _, store in try await store.admit(…) }
/// ```
package actor LoopActor<Held> {
    package nonisolated let eventLoop: any EventLoop
    package let held: Held

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        eventLoop.executor.asUnownedSerialExecutor()
    }

    /// Takes a loop of the process's own group unless it is given one.
    package init(
        on eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next(),
        holding make: @Sendable (any EventLoop) throws -> Held
    ) rethrows {
        self.eventLoop = eventLoop
        held = try make(eventLoop)
    }

    /// Runs `body` on the loop.
    package func run<Result: Sendable>(
        _ body: @Sendable (isolated LoopActor<Held>, Held) async throws -> Result
    ) async rethrows -> Result {
        try await body(self, held)
    }
}
