import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import ServiceCore
import Synchronization
import TestSupport

/// Somebody who reads a stream of events as they come.
final class EventListener: Sendable {
    struct Event {
        var name = ""
        var id: String?
        var data: [String: Any] = [:]

        var status: String? { data["status"] as? String }
        var progress: Double? { data["progress"] as? Double }
        var best: Double? { data["best_makespan"] as? Double }
        var bound: Double? { data["bound"] as? Double }
    }

    /// What has come and was not yet taken.
    private final class Inbox: Sendable {
        private let state = Mutex((text: "", hasEnded: false))

        func add(_ more: String) { state.withLock { $0.text += more } }

        func end() { state.withLock { $0.hasEnded = true } }

        /// The next piece up to an empty line, and whether another one may come.
        func take() -> (piece: String?, mayCome: Bool) {
            state.withLock { state in
                guard let end = state.text.range(of: "\n\n") else { return (nil, !state.hasEnded) }
                let piece = String(state.text[..<end.lowerBound])
                state.text = String(state.text[end.upperBound...])
                return (piece, true)
            }
        }
    }

    let status: UInt
    let headers: HTTPHeaders
    private let inbox: Inbox
    private let reading: Task<Void, Never>

    init(_ response: HTTPClientResponse) {
        status = response.status.code
        headers = response.headers
        let (inbox, body) = (Inbox(), response.body)
        self.inbox = inbox
        reading = Task {
            do { for try await part in body { inbox.add(String(buffer: part)) } } catch {}
            inbox.end()
        }
    }

    deinit { reading.cancel() }

    /// The next event; nil when the stream has ended. Comments are passed over.
    func next() async throws -> Event? {
        var event: Event?
        try await eventually("an event or the end of the stream", within: .seconds(90)) {
            while true {
                let (piece, mayCome) = inbox.take()
                guard let piece else { return !mayCome }
                event = Self.event(piece.split(separator: "\n"))
                if event != nil { return true }
            }
        }
        return event
    }

    /// All events that are still to come.
    func rest() async throws -> [Event] {
        var all: [Event] = []
        while let event = try await next() { all.append(event) }
        return all
    }

    private static func event(_ lines: [Substring]) -> Event? {
        var event = Event()
        for line in lines {
            if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
            if line.hasPrefix("id: ") { event.id = String(line.dropFirst(4)) }
            if line.hasPrefix("data: ") {
                let data = Data(line.dropFirst(6).utf8)
                event.data = (try? JSONSerialization.jsonObject(with: data) as? [String: Any]) ?? [:]
            }
        }
        return event.name.isEmpty ? nil : event
    }
}

extension RunningScheduler {
    /// Opens as many connections as there are listeners; the shared client opens eight.
    private static let listening: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Listens to the events of a schedule, or of a comparison.
    ///
    /// - Parameter kind: `schedule` or `compare`.
    func listen(
        to id: String, kind: String = "schedule", as user: String = "anna", lastEventID: String? = nil
    ) async throws -> EventListener {
        var request = HTTPClientRequest(url: "http://\(address)/api/v1/\(kind)/\(id)/events")
        let token = try fixture.key.sign(SchedulerFixture.claims(user: user))
        request.headers.add(
            name: IdentityAssertion.headerName, value: String(decoding: token, as: UTF8.self))
        if let lastEventID { request.headers.add(name: "Last-Event-ID", value: lastEventID) }
        return EventListener(try await Self.listening.execute(request, timeout: .seconds(120)))
    }
}
