extension MemoryStore: AuditStore {
    package func append(_ events: [AuditEvent], keeping bound: Int) async throws(StoreFault) {
        for event in events {
            auditedEvents += 1
            guard let cursor = AuditCursor("\(now.milliseconds)-\(auditedEvents)") else { continue }
            audited.append(AuditEntry(cursor: cursor, event: event))
        }
        audited.removeFirst(max(0, audited.count - bound))
    }

    package func entries(before cursor: AuditCursor?, limit: Int) async throws(StoreFault) -> [AuditEntry] {
        let end = cursor.flatMap { cursor in audited.firstIndex { !Self.isBefore($0.cursor, cursor) } }
        return audited[..<(end ?? audited.count)].reversed().prefix(max(0, limit)).map { $0 }
    }

    package func entries(
        after cursor: AuditCursor, limit: Int, patience: Duration
    ) async throws(StoreFault) -> [AuditEntry] {
        Array(audited.drop { !Self.isBefore(cursor, $0.cursor) }.prefix(max(0, limit)))
    }

    private static func isBefore(_ left: AuditCursor, _ right: AuditCursor) -> Bool {
        func numbers(_ cursor: AuditCursor) -> [UInt64] {
            cursor.description.split(separator: "-").compactMap { UInt64($0) }
        }
        return numbers(left).lexicographicallyPrecedes(numbers(right))
    }
}
