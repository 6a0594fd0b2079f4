/// Which keys a command names, and so where in a Cluster it belongs. The one place that knows.
extension RedisCommand {
    enum Place: Hashable, Sendable {
        /// It names no key: any node will do.
        case anywhere
        case slot(KeySlot)
        /// Its keys lie in several slots, or it looks for keys everywhere: no Cluster takes it.
        case several
    }

    /// Where it belongs.
    var place: Place {
        if words[0] == "SCAN" {
            // All keys with one hash tag lie in one slot, so only that slot's node need look.
            guard let match = words.firstIndex(of: "MATCH"), match + 1 < words.count,
                words[match + 1].contains("{")
            else { return .several }
            return .slot(KeySlot(of: words[match + 1]))
        }
        let keys = keys
        guard let first = keys.first else { return .anywhere }
        let slot = KeySlot(of: first)
        return keys.dropFirst().allSatisfy { KeySlot(of: $0) == slot } ? .slot(slot) : .several
    }

    /// Whether all its keys lie in one slot. Asked of every command, on whatever Redis, so that what no Cluster
    /// would take is found where there is none.
    var keysShareSlot: Bool { keys.count < 2 || place != .several }

    /// The keys that it names. A verb that is not in the table has one, right behind it, as most have.
    var keys: ArraySlice<String> {
        switch words[0] {
        case "AUTH", "CLIENT", "CLUSTER", "CONFIG", "DBSIZE", "FLUSHALL", "FLUSHDB", "INFO", "PING",
            "PUBLISH",
            "ROLE", "SCAN", "SCRIPT", "SELECT", "TIME", "WAIT":
            return []
        case "DEL", "EXISTS", "MGET", "TOUCH", "UNLINK":
            return words.dropFirst()
        case "EVAL", "EVALSHA":
            let count = words.count > 2 ? Int(words[2]) ?? 0 : 0
            return words.dropFirst(3).prefix(max(0, count))
        case "XREAD":
            guard let streams = words.firstIndex(of: "STREAMS") else { return [] }
            let names = words[(streams + 1)...]
            return names.prefix(names.count / 2)
        case "OBJECT", "XGROUP", "XINFO":
            return words.dropFirst(2).prefix(1)
        case "COPY", "RENAME", "RENAMENX", "SMOVE", "LMOVE":
            return words.dropFirst().prefix(2)
        default:
            return words.dropFirst().prefix(1)
        }
    }

    /// Whether it only reads, so that its order among others of its kind does not matter.
    var isReading: Bool {
        switch words[0] {
        case "EXISTS", "GET", "HGET", "HGETALL", "HMGET", "MGET", "PING", "PTTL", "TIME", "TTL", "XLEN",
            "XRANGE", "XREAD", "XREVRANGE", "ZCARD", "ZRANGE", "ZSCORE":
            true
        default: false
        }
    }
}
