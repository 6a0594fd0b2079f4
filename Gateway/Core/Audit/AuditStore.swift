/// The place of an event among all that were recorded. Later ones have greater places.
package struct AuditCursor: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// Before every event.
    package static let beginning = AuditCursor(checked: "0-0")

    /// Nil unless `text` is two numbers with a dash between them, as a cursor writes itself.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let areNumbers = parts.allSatisfy { part in
            part.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt64(part) != nil
        }
        guard parts.count == 2, areNumbers else { return nil }
        description = text
    }

    private init(checked text: String) { description = text }
}

/// An event and its place.
package struct AuditEntry: Sendable, Hashable {
    package var cursor: AuditCursor
    /// Nil for an event that this version cannot read.
    package var event: AuditEvent?

    package init(cursor: AuditCursor, event: AuditEvent?) {
        self.cursor = cursor
        self.event = event
    }
}

/// Remembers security events: a bounded number of them, the newest.
package protocol AuditStore: AnyObject {
    /// Adds events in their order. About the last `bound` are kept: never fewer, and not many more.
    func append(_ events: [AuditEvent], keeping bound: Int) async throws(StoreFault)
    /// Up to `limit` entries, newest first: those before `cursor`, or where there is none the newest.
    func entries(before cursor: AuditCursor?, limit: Int) async throws(StoreFault) -> [AuditEntry]
    /// Up to `limit` entries after `cursor`, oldest first. Where there is none it may wait for one for as long as `patience`,
    /// and so may whatever else is asked of this store meanwhile; the patience must stay within the store's
    /// deadline.
    func entries(
        after cursor: AuditCursor, limit: Int, patience: Duration
    ) async throws(StoreFault) -> [AuditEntry]
}

/// Looking through what was recorded, for commands and the admin API.
package enum AuditSearch {
    /// Entries that one question reads.
    static let step = 500
    /// Entries that one search reads at most; who wants more goes on from its cursor.
    package static let mostRead = 20_000

    package struct Page: Sendable {
        /// Newest first.
        package var events: [AuditEvent]
        /// Where the next page begins; nil where nothing is left.
        package var next: AuditCursor?
    }

    /// Up to `limit` events before `cursor`, those of one account where `email` is given, and of some
    /// kinds only where `kinds` is. A page may have fewer than
    /// that, even none, and still have one after it.
    package static func page(
        of store: any AuditStore, before cursor: AuditCursor?, limit: Int, concerning email: EmailAddress?,
        of kinds: Set<AuditEvent.Kind>? = nil
    ) async throws(StoreFault) -> Page {
        var page = Page(events: [], next: cursor)
        var read = 0
        while read < mostRead {
            // Without a filter no more is read than is shown.
            let wanted = email == nil && kinds == nil ? min(step, limit - page.events.count) : step
            let entries = try await store.entries(before: page.next, limit: wanted)
            for entry in entries {
                page.next = entry.cursor
                guard let event = entry.event, email.map(event.concerns) ?? true,
                    kinds?.contains(event.kind) ?? true
                else { continue }
                page.events.append(event)
                if page.events.count == limit { return page }
            }
            read += entries.count
            if entries.count < wanted {
                page.next = nil
                return page
            }
        }
        return page
    }
}
