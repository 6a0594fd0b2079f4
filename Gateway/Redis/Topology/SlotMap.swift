/// Which node of a Cluster takes the writes of which slots, as one node has told.
struct SlotMap: Sendable, Equatable {
    typealias Endpoint = RedisConfiguration.Endpoint

    /// The nodes that have slots, in the order in which they were first named.
    private(set) var primaries: [Endpoint] = []
    /// For each slot the place of its node in `primaries`; -1 where nobody has it.
    private var owners = [Int16](repeating: -1, count: KeySlot.count)

    /// Nodes that a map may have; the specification advises against more than a thousand.
    static let mostPrimaries = 1_024

    /// Reads the reply to `CLUSTER SLOTS`; a node that it gives no host for is the one that was asked, on the port
    /// that it gives. Nil where it is not such a reply, or names no node.
    init?(_ reply: RedisReply, from asked: Endpoint) {
        guard let ranges = reply.list else { return nil }
        for range in ranges {
            guard let parts = range.list, parts.count >= 3, let first = parts[0].integer,
                let last = parts[1].integer, first >= 0, first <= last, last < KeySlot.count,
                let node = parts[2].list, node.count >= 2, let port = node[1].integer,
                let endpoint = Self.endpoint(host: node[0].text, port: Int(port), from: asked)
            else { return nil }
            guard let place = place(of: endpoint) else { return nil }
            for slot in Int(first)...Int(last) { owners[slot] = place }
        }
        if primaries.isEmpty { return nil }
    }

    /// Where commands of `slot` go; nil while nobody has it.
    subscript(slot: KeySlot) -> Endpoint? {
        let owner = owners[slot.number]
        return owner < 0 ? nil : primaries[Int(owner)]
    }

    /// Notes that `slot` is somebody else's now, until the next map says it all.
    mutating func move(_ slot: KeySlot, to endpoint: Endpoint) {
        if let place = place(of: endpoint) { owners[slot.number] = place }
    }

    /// How many slots nobody has.
    var missing: Int { owners.count { $0 < 0 } }

    private mutating func place(of endpoint: Endpoint) -> Int16? {
        if let place = primaries.firstIndex(of: endpoint) { return Int16(place) }
        guard primaries.count < Self.mostPrimaries else { return nil }
        primaries.append(endpoint)
        return Int16(primaries.count - 1)
    }

    /// A node's address. Without a host, or with `?`, it has the host of the node that was asked.
    static func endpoint(host: String?, port: Int, from asked: Endpoint) -> Endpoint? {
        guard (1...65_535).contains(port) else { return nil }
        if let host, !host.isEmpty, host != "?" { return .tcp(host: host, port: port) }
        guard case .tcp(let host, _) = asked else { return nil }
        return .tcp(host: host, port: port)
    }
}

/// A node's word that a slot's keys are to be asked for elsewhere.
struct Redirection: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// From now on: the map is out of date.
        case moved
        /// This once, after `ASKING`: the slot is on its way, and this key has left already.
        case ask
    }

    let kind: Kind
    let slot: KeySlot
    let endpoint: RedisConfiguration.Endpoint

    /// Reads `MOVED 3999 127.0.0.1:6381`, which `asked` has answered; nil for any other error.
    init?(_ text: some StringProtocol, from asked: RedisConfiguration.Endpoint) {
        let words = text.split(separator: " ")
        guard words.count == 3, let slot = Int(words[1]).flatMap({ KeySlot(number: $0) }),
            // An IPv6 address comes without brackets.
            let colon = words[2].lastIndex(of: ":"),
            let port = Int(words[2][words[2].index(after: colon)...]),
            let endpoint = SlotMap.endpoint(host: String(words[2][..<colon]), port: port, from: asked)
        else { return nil }
        switch words[0] {
        case "MOVED": kind = .moved
        case "ASK": kind = .ask
        default: return nil
        }
        self.slot = slot
        self.endpoint = endpoint
    }
}
