import GatewayCore

/// `/api/v1/admin/audit`: security events.
enum AdminAudit {
    /// `GET ?user=&kind=&limit=&cursor=` (kinds with commas between them): `{"events": […], "next": …}`, newest first; `next` is null at the end, and a page that is
    /// short, even empty, may have one after it.
    static func page(_ context: EndpointContext) -> Endpoint {
        Endpoint(admin: "GET", "/audit") { request throws(Refusal) in
            var query = AdminQuery(request)
            let email = query.email()
            let limit = query.limit(of: 1...1_000, otherwise: 100)
            let cursor = query.value("cursor", "is not a cursor of an earlier answer", AuditCursor.init)
            let kinds = query.value("kind", "must be kinds of events, with commas between them", Self.kinds)
            try query.check()
            let page = try await context.asking { store throws(StoreFault) in
                try await AuditSearch.page(
                    of: store, before: cursor, limit: limit, concerning: email, of: kinds)
            }
            return try .json(Listing(events: page.events.map(AuditView.init), next: page.next?.description))
        }
    }

    private static func kinds(_ text: String) -> Set<AuditEvent.Kind>? {
        let words = text.split(separator: ",").map { AuditEvent.Kind(rawValue: String($0)) }
        let kinds = words.compactMap(\.self)
        return kinds.isEmpty || kinds.count < words.count ? nil : Set(kinds)
    }

    private struct Listing: Encodable {
        var events: [AuditView]
        var next: String?

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(events, forKey: .events)
            try container.encode(next, forKey: .next)
        }

        enum CodingKeys: String, CodingKey { case events, next }
    }
}
