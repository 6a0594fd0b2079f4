import GatewayCore

/// Who is told what became of a flight.
enum Asker<Answer: Sendable> {
    /// A caller who is suspended.
    case caller(UnsafeContinuation<Result<Answer, StoreFault>, Never>)
    /// A flight that went to several nodes, of which this is one part.
    case part(Gathering<Answer>, Int)

    func resume(returning result: Result<Answer, StoreFault>) {
        switch self {
        case .caller(let continuation): continuation.resume(returning: result)
        case .part(let gathering, let place): gathering.receive(result, for: place)
        }
    }
}

/// Waits for the parts of a flight that went to several nodes. It belongs to their loop.
final class Gathering<Answer: Sendable> {
    private var results: [Result<Answer, StoreFault>]
    private var missing: Int
    private var continuation: UnsafeContinuation<[Result<Answer, StoreFault>], Never>?

    private init(_ count: Int) {
        results = Array(repeating: .failure(.unavailable), count: count)
        missing = count
    }

    /// Has `send` ask for `count` parts, at least one, and answers what became of each, in order.
    static func results(
        of count: Int, _ send: (Gathering<Answer>) -> Void
    ) async -> [Result<Answer, StoreFault>] {
        let gathering = Gathering(count)
        return await withUnsafeContinuation { continuation in
            gathering.continuation = continuation
            send(gathering)
        }
    }

    func receive(_ result: Result<Answer, StoreFault>, for place: Int) {
        results[place] = result
        missing -= 1
        guard missing == 0 else { return }
        continuation?.resume(returning: results)
        continuation = nil
    }
}
