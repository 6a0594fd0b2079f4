import ArgumentParser
import Foundation
import GatewayCore

/// `fillgate audit [--follow] [--user EMAIL]`.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Show security events: logins, locks, sessions, changes of accounts.",
        discussion: """
            The newest events are shown, oldest first. With --follow, those that come are shown as they come, until \
            Ctrl-C; with --json each is then a line of its own.
            """)

    @OptionGroup var file: ConfigurationFile
    @Flag(name: .shortAndLong, help: "Go on with what comes.") var follow = false
    @Option(
        help: ArgumentHelp(
            "Only what this account did, or what was done to it.", valueName: "email"))
    var user: String?
    @Flag(help: "Write JSON.") var json = false
    @Option(help: ArgumentHelp("Show at most so many that are over.", valueName: "count")) var limit = 100

    func validate() throws {
        guard (0...100_000).contains(limit) else { throw ValidationError("--limit must be from 0 to 100000") }
    }

    func run() async throws {
        let email = try user.map { text throws(CommandFailure) in
            guard let email = EmailAddress(text) else { throw .usage("'\(text)' is not an e-mail address") }
            return email
        }
        let (limit, follow, printer) = (limit, follow, AuditPrinter(isJSON: json, isList: !follow))
        let interrupts = follow ? Interrupts() : nil
        defer { interrupts?.end() }
        try await AdminStore.run(try file.settings()) { store in
            let newest = try await store.entries(before: nil, limit: 1).first?.cursor
            let past = try await Self.past(in: store, limit: limit, concerning: email)
            try printer.show(past)
            guard follow else { return }
            // What came between the two questions has been shown.
            let shown = Set(past.map(\.id))
            try await Self.follow(store, from: newest ?? .beginning, printer) { event in
                !shown.contains(event.id) && email.map(event.concerns) ?? true
            }
        }
    }

    /// Up to `limit` events, oldest first.
    private static func past(
        in store: any AuditStore, limit: Int, concerning email: EmailAddress?
    ) async throws -> [AuditEvent] {
        var events: [AuditEvent] = []
        var cursor: AuditCursor?
        while events.count < limit {
            let page = try await AuditSearch.page(
                of: store, before: cursor, limit: limit - events.count, concerning: email)
            events += page.events
            cursor = page.next
            if cursor == nil { break }
        }
        return events.reversed()
    }

    /// How long one question waits for an event: well within what a command waits for an answer.
    private static let patience = AdminStore.deadline / 4

    /// Shows what comes after `cursor` and is wanted, for ever. Redis may go and come back meanwhile.
    private static func follow(
        _ store: any AuditStore, from cursor: AuditCursor, _ printer: AuditPrinter,
        where isWanted: (AuditEvent) -> Bool
    ) async throws {
        var cursor = cursor
        var isAway = false
        while true {
            do throws(StoreFault) {
                let entries = try await store.entries(after: cursor, limit: 500, patience: patience)
                if isAway { StandardError.write("fillgate: Redis answers again") }
                isAway = false
                cursor = entries.last?.cursor ?? cursor
                let events = entries.compactMap(\.event).filter(isWanted)
                guard printer.showMore(events) else { return }
            } catch {
                if !isAway { StandardError.write("fillgate: Redis does not answer; waiting for it") }
                isAway = true
                try await Task.sleep(for: .milliseconds(500))
            }
        }
    }
}

/// Puts events on standard output.
struct AuditPrinter: Sendable {
    var isJSON: Bool
    /// Whether all are written at once: a JSON array, or a table with titles.
    var isList: Bool

    /// What is over already.
    func show(_ events: [AuditEvent]) throws {
        switch (isJSON, isList) {
        case (true, true): print(try Listing.json(events.map(AuditView.init)))
        case (false, true): print(Listing.table(Self.titles, events.map(Self.cells)))
        default: _ = showMore(events)
        }
    }

    /// Each on a line of its own; false where nobody reads it any more.
    func showMore(_ events: [AuditEvent]) -> Bool {
        for event in events {
            let line = isJSON ? Self.json(event) : Self.cells(event).joined(separator: "  ")
            guard StandardOutput.write(line + "\n") else { return false }
        }
        return true
    }

    private static func json(_ event: AuditEvent) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: (try? encoder.encode(AuditView(event))) ?? Data(), as: UTF8.self)
    }

    static let titles = [
        "TIME", "EVENT", "BY", "ACCOUNT", "ADDRESS", "REASON", "COUNT", "SESSION", "REQUEST",
    ]

    static func cells(_ event: AuditEvent) -> [String] {
        [
            Listing.time(event.at), event.kind.rawValue, event.actor.name ?? "-",
            event.subject?.email.text ?? "-", event.address ?? "-", event.reason ?? "-",
            event.count.map(String.init) ?? "-", event.session?.description ?? "-", event.request ?? "-",
        ].map(Listing.printable)
    }
}

/// Standard output, unbuffered.
enum StandardOutput {
    /// False where nobody reads it.
    static func write(_ text: String) -> Bool {
        (try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))) != nil
    }
}

/// Lets Ctrl-C, and a request to end, end a command that goes on for ever as done: between two lines, and with exit
/// code 0.
struct Interrupts {
    private let sources: [any DispatchSourceSignal]
    private static let signals = [SIGINT, SIGTERM]

    init() {
        // Who stops reading is noticed when the next line is written.
        signal(SIGPIPE, SIG_IGN)
        sources = Self.signals.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { exit(0) }
            source.resume()
            return source
        }
    }

    func end() {
        for source in sources { source.cancel() }
        for number in Self.signals { signal(number, SIG_DFL) }
    }
}
