import GatewayCore
import NIOCore

/// Callers that are suspended until the replies of their commands have arrived, or will not.
enum Waiter {
    case admissions(AdmissionBatch)
    case commands(CommandFlight)

    /// Tells the callers that there will be no answer.
    func fail(_ fault: StoreFault) {
        switch self {
        case .admissions(let batch): batch.fail(fault)
        case .commands(let flight): flight.asker.resume(returning: .failure(fault))
        }
    }

    /// How many callers there are.
    var callers: Int {
        switch self {
        case .admissions(let batch): batch.flights.count
        case .commands: 1
        }
    }
}

/// The hot path's flight: a session's look-up and its charges.
struct AdmissionFlight {
    var question: AdmissionQuestion
    /// The charges carry the whole script.
    var evaluating: Bool
    var asker: Asker<AdmissionAnswer>
}

/// Any other flight.
struct CommandFlight {
    /// What was sent, where it may be sent again over a new connection if the first breaks: commands that
    /// only read, or that change nothing the second time.
    var repeatable: ByteBuffer?
    var replies: Int
    var asker: Asker<[RedisReply]>
}

extension LimitOutcome {
    /// Stands for a charge that the server did not make because it did not know the script, or because the
    /// key is another's.
    static let notMade = LimitOutcome(isAdmitted: false, untilFull: -1, retryAfter: -1)

    var wasMade: Bool { untilFull >= 0 }
}
