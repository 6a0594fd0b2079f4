package import GatewayCore

extension RedisStore: LimitStore {
    package func states(of charges: [LimitCharge]) async throws(StoreFault) -> (tats: [Int64?], now: Int64) {
        let commands = [RedisCommand("TIME")] + charges.map { RedisCommand("GET", keys.limit($0)) }
        let replies = try await run(commands, repeatable: true)
        return (replies.dropFirst().map { $0.text.flatMap(Int64.init) }, try Self.clock(replies[0]))
    }

    package func reset(_ charges: [LimitCharge]) async throws(StoreFault) -> Int {
        let replies = try await run(charges.map { RedisCommand("DEL", keys.limit($0)) }, repeatable: true)
        return replies.reduce(0) { $0 + Int($1.integer ?? 0) }
    }

    /// The server's clock in microseconds, from a reply to `TIME`.
    static func clock(_ reply: RedisReply) throws(StoreFault) -> Int64 {
        guard let parts = reply.list, parts.count == 2, let seconds = parts[0].text.flatMap(Int64.init),
            let micros = parts[1].text.flatMap(Int64.init)
        else { throw .unexpected("TIME: not what it replies") }
        return seconds * 1_000_000 + micros
    }
}
