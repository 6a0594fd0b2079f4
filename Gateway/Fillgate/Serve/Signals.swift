import Dispatch
import Foundation

/// The signals that a worker obeys.
enum Signals {
    /// Installs the handlers. `SIGTERM` and `SIGINT` come out of the stream, the second one ends the process
    /// at once; `onHangUp` is called for `SIGHUP`, which would end it otherwise.
    static func install(onHangUp: @escaping @Sendable () -> Void) -> Stopping {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        let queue = DispatchQueue(label: "signals")
        let sources = [SIGTERM, SIGINT, SIGHUP].map { number in
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: queue)
        }
        for (source, number) in zip(sources, [SIGTERM, SIGINT, SIGHUP]) {
            var count = 0
            source.setEventHandler {
                if number == SIGHUP { return onHangUp() }
                count += 1
                if count > 1 { exit(1) }
                continuation.yield(number)
            }
            source.resume()
        }
        return Stopping(stream: stream, sources: Sources(all: sources))
    }

    /// Keeps the handlers in place.
    struct Stopping: Sendable {
        fileprivate let stream: AsyncStream<Int32>
        fileprivate let sources: Sources

        /// Returns when the first signal that ends the worker has come.
        func wait() async {
            for await _ in stream { return }
        }
    }

    fileprivate final class Sources: @unchecked Sendable {
        // SAFETY: dispatch sources may be held by any thread; nothing is done with these.
        private let all: [any DispatchSourceSignal]
        init(all: [any DispatchSourceSignal]) { self.all = all }
    }
}
