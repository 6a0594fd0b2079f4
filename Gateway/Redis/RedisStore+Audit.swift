package import GatewayCore

/// Events are entries of one stream, whose IDs are the cursors. Redis trims it by whole nodes, which costs next to
/// nothing, so up to a node's entries (100 by default) are kept beyond the bound.
extension RedisStore: AuditStore {
    package func append(_ events: [AuditEvent], keeping bound: Int) async throws(StoreFault) {
        // Not repeatable: whoever appends keeps what was not taken and tries again, and readers know an event that came
        // twice by its ID.
        _ = try await run(
            events.map { event in
                RedisCommand(
                    words: ["XADD", keys.audit, "MAXLEN", "~", String(max(1, bound)), "*"]
                        + event.fields.flatMap { [$0.name, $0.value] })
            })
    }

    package func entries(before cursor: AuditCursor?, limit: Int) async throws(StoreFault) -> [AuditEntry] {
        guard limit > 0 else { return [] }
        let end = cursor.map { "(\($0)" } ?? "+"
        let reply = try await run(
            RedisCommand("XREVRANGE", keys.audit, end, "-", "COUNT", String(limit)), repeatable: true)
        return try Self.auditEntries(reply)
    }

    package func entries(
        after cursor: AuditCursor, limit: Int, patience: Duration
    ) async throws(StoreFault) -> [AuditEntry] {
        guard limit > 0 else { return [] }
        let waiting = patience > .zero ? ["BLOCK", Self.milliseconds(patience)] : []
        let reply = try await run(
            RedisCommand(
                words: ["XREAD", "COUNT", String(limit)] + waiting
                    + ["STREAMS", keys.audit, cursor.description]), repeatable: true)
        if reply == .null { return [] }
        // One stream was asked for: its name and its entries.
        guard let stream = reply.list?.first?.list, stream.count == 2 else {
            throw .unexpected("XREAD: not what it replies")
        }
        return try Self.auditEntries(stream[1])
    }

    private static func auditEntries(_ reply: RedisReply) throws(StoreFault) -> [AuditEntry] {
        guard let list = reply.list else { throw .unexpected("XRANGE: not what it replies") }
        return try list.map { (entry) throws(StoreFault) in
            guard let parts = entry.list, parts.count == 2, let id = parts[0].text,
                let cursor = AuditCursor(id)
            else { throw .unexpected("XRANGE: not what it replies") }
            let words = parts[1].list?.compactMap(\.text) ?? []
            let fields = stride(from: 0, to: words.count - 1, by: 2).map {
                (name: words[$0], value: words[$0 + 1])
            }
            return AuditEntry(cursor: cursor, event: AuditEvent(fields: fields))
        }
    }
}
