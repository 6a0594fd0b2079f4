import GatewayCore
import NIOCore

/// The hot path's flights of one tick of the loop, sent together: a look-up for each session, and one command
/// for each limit of a subject, however many of the flights charge it.
///
/// Requests that share an address or a user thereby cost Redis one script a tick between them, most of all
/// in a flood. Nothing is lost by it: the script charges them one after the other, as it would have.
final class AdmissionBatch {
    /// Flights that one batch takes: so many share the fate of one command that is not answered.
    static let capacity = 64

    private(set) var flights: [AdmissionFlight] = []
    /// The charges carry the whole script.
    var isEvaluating = false
    /// It was sent over a connection that broke, and will not be sent a third time.
    var isRepeat = false

    private var groups: [Group] = []
    /// Of the groups' subjects: tells most charges apart; equality decides.
    private var hashes: [Int] = []
    /// For each charge of each flight in turn, its group and its turn within that.
    private var places: [Place] = []
    private var lookUps = 0

    // What has come back.
    private var sessions: [AdmissionAnswer.SessionState] = []
    private var repliesSeen = 0
    private var flightFaults: [Int: StoreFault] = [:]
    private var groupFaults: [Int: StoreFault] = [:]

    /// All charges of one policy to one subject.
    private struct Group {
        let charge: LimitCharge
        var count: Int32 = 0
        /// How far the TAT ran ahead before the first of them; -1 where none was made.
        var ahead: Int64 = -1
    }

    private struct Place {
        var group: Int32
        var turn: Int32
    }

    init() {
        flights.reserveCapacity(Self.capacity)
        sessions.reserveCapacity(Self.capacity)
        places.reserveCapacity(2 * Self.capacity)
    }

    var isFull: Bool { flights.count >= Self.capacity }
    var replies: Int { lookUps + groups.count }

    func add(_ flight: AdmissionFlight) {
        if flight.question.session != nil { lookUps += 1 }
        flights.append(flight)
        sessions.append(.notAsked)
        for charge in flight.question.charges {
            let group = group(of: charge)
            places.append(Place(group: Int32(group), turn: groups[group].count))
            groups[group].count += 1
        }
    }

    private func group(of charge: LimitCharge) -> Int {
        let hash = charge.subject.hashValue
        for index in hashes.indices where hashes[index] == hash && groups[index].charge == charge {
            return index
        }
        hashes.append(hash)
        groups.append(Group(charge: charge))
        return groups.count - 1
    }

    /// Appends the commands, in the order in which `receive` takes the replies.
    func write(_ hot: inout HotCommands, to buffer: inout ByteBuffer) {
        for flight in flights {
            if let digest = flight.question.session {
                hot.writeLookUp(digest, isKey: flight.question.isKey, to: &buffer)
            }
        }
        for index in groups.indices {
            hot.writeCharges(
                groups[index].charge, count: groups[index].count, evaluating: isEvaluating, to: &buffer)
        }
    }

    /// Takes the next reply. What is not as it should be becomes a fault of the flights that it concerns;
    /// what was not carried out is answered as a charge not made or a session not asked for.
    func receive(_ arena: ReplyArena, wasCarriedOut: Bool, sessions decoded: inout SessionCache) {
        defer { repliesSeen += 1 }
        guard repliesSeen < lookUps else {
            let index = repliesSeen - lookUps
            if arena.first.kind == .integer, arena.first.value >= 0 {
                groups[index].ahead = arena.first.value
            } else if wasCarriedOut {
                groupFaults[index] = Self.fault(arena, RedisScript.gcra.name)
            }
            return
        }
        let index = flightOfNextLookUp()
        guard wasCarriedOut, let digest = flights[index].question.session else { return }
        sessions[index] = .absent
        switch arena.first.kind {
        case .null: break
        case .text:
            if let found = decoded.session(from: arena.text(of: arena.first), digest: digest) {
                sessions[index] = .found(found)
            } else {
                flightFaults[index] = Self.fault(arena, "session")
            }
        default: flightFaults[index] = Self.fault(arena, "session")
        }
    }

    /// The flight whose look-up is answered next: the first that has asked and was not answered.
    private func flightOfNextLookUp() -> Int {
        if lookUps == flights.count { return repliesSeen }
        var asked = -1
        for index in flights.indices where flights[index].question.session != nil {
            asked += 1
            if asked == repliesSeen { return index }
        }
        return 0
    }

    private static func fault(_ arena: ReplyArena, _ command: String) -> StoreFault {
        guard arena.first.kind == .error else { return .unexpected("\(command): not what it replies") }
        return StoreFault(
            error: String(decoding: arena.text(of: arena.first), as: UTF8.self), of: command)
    }

    /// Tells every flight what became of it.
    func answer() {
        var place = 0
        for index in flights.indices {
            let count = flights[index].question.charges.count
            let result = result(of: index, places: place..<place + count)
            place += count
            flights[index].asker.resume(returning: result)
        }
    }

    private func result(of flight: Int, places range: Range<Int>) -> Result<AdmissionAnswer, StoreFault> {
        if !flightFaults.isEmpty, let fault = flightFaults[flight] { return .failure(fault) }
        var outcomes: [LimitOutcome] = []
        outcomes.reserveCapacity(range.count)
        for place in places[range] {
            let group = Int(place.group)
            if !groupFaults.isEmpty, let fault = groupFaults[group] { return .failure(fault) }
            outcomes.append(
                groups[group].ahead < 0
                    ? .notMade
                    : groups[group].charge.policy.gcra.outcome(
                        ofTurn: Int64(place.turn), ahead: groups[group].ahead))
        }
        return .success(AdmissionAnswer(session: sessions[flight], outcomes: outcomes))
    }

    func fail(_ fault: StoreFault) {
        for flight in flights { flight.asker.resume(returning: .failure(fault)) }
    }

    /// Forgets what came back, so that the batch can be sent again.
    func rewind() {
        repliesSeen = 0
        for index in sessions.indices { sessions[index] = .notAsked }
        for index in groups.indices { groups[index].ahead = -1 }
        flightFaults = [:]
        groupFaults = [:]
    }

    /// Empties the batch for the next tick; keeps the room.
    func clear() {
        flights.removeAll(keepingCapacity: true)
        groups.removeAll(keepingCapacity: true)
        hashes.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        sessions.removeAll(keepingCapacity: true)
        isEvaluating = false
        isRepeat = false
        lookUps = 0
        repliesSeen = 0
        if !flightFaults.isEmpty { flightFaults = [:] }
        if !groupFaults.isEmpty { groupFaults = [:] }
    }
}
