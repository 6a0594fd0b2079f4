/// An event as names and values, in one order: the entry of the stream, the fields of the log line and the
/// members of the JSON that commands and the admin API show are all made of these.
extension AuditEvent {
    /// Values without a meaning are left out.
    package var fields: [(name: String, value: String)] {
        var fields = [("id", id), ("kind", kind.rawValue), ("at", String(at.microseconds))]
        func add(_ name: String, _ value: String?) {
            if let value { fields.append((name, value)) }
        }
        if case .user(let user, _) = actor { add("actor_id", user.text) }
        add("actor", actor.name)
        add("user_id", subject?.user?.text)
        add("user", subject?.email.text)
        add("address", address)
        add("request_id", request)
        add("session", session?.description)
        add("reason", reason)
        add("count", count.map(String.init))
        return fields
    }

    /// The event that `fields` say; nil where they say none, or one of a kind that this version does not
    /// know. Fields that it does not know are left out.
    package init?(fields: [(name: String, value: String)]) {
        let values = Dictionary(fields.map { ($0.name, $0.value) }) { first, _ in first }
        guard let id = values["id"], let kind = values["kind"].flatMap(Kind.init),
            let at = values["at"].flatMap({ Int64($0) })
        else { return nil }
        self.id = id
        self.kind = kind
        self.at = Timestamp(microseconds: at)
        actor = Actor(id: values["actor_id"], name: values["actor"])
        subject = values["user"].flatMap(EmailAddress.init).map {
            Subject(user: values["user_id"].flatMap(UserID.init), email: $0)
        }
        address = values["address"]
        request = values["request_id"]
        session = values["session"].flatMap(SessionID.init)
        reason = values["reason"]
        count = values["count"].flatMap { Int($0) }
    }
}

extension AuditEvent.Actor {
    fileprivate init(id: String?, name: String?) {
        self =
            if let user = id.flatMap(UserID.init), let email = name.flatMap(EmailAddress.init) {
                .user(user, email)
            } else if let name, name.hasPrefix("cli:") {
                .command(String(name.dropFirst(4)))
            } else if name == "gateway" {
                .gateway
            } else {
                .nobody
            }
    }
}

/// An event as JSON for operators: the fields with their names, `at` as text and `count` as a number.
package struct AuditView: Sendable, Encodable {
    package let event: AuditEvent

    package init(_ event: AuditEvent) { self.event = event }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        for (name, value) in event.fields where name != "at" && name != "count" {
            try container.encode(value, forKey: Name(stringValue: name))
        }
        try container.encode(CalendarText.rfc3339(event.at), forKey: Name(stringValue: "at"))
        try container.encodeIfPresent(event.count, forKey: Name(stringValue: "count"))
    }

    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
