import Dispatch
import Foundation

/// The signals that a worker obeys: `SIGTERM` and `SIGINT` stop it, `SIGHUP` has it reload.
enum Signals {
    /// Installs the handlers, which last as long as what is returned is held.
    static func install(_ events: WorkerEvents) -> Installed {
        let queue = DispatchQueue(label: "signals")
        let sources = [SIGTERM, SIGINT, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { number == SIGHUP ? events.askToReload() : events.askToStop() }
            source.resume()
            return source
        }
        return Installed(all: sources)
    }

    /// Keeps the handlers in place.
    final class Installed: @unchecked Sendable {
        // SAFETY: dispatch sources may be held by any thread; nothing is done with these.
        private let all: [any DispatchSourceSignal]
        fileprivate init(all: [any DispatchSourceSignal]) { self.all = all }
    }
}
