import AsyncHTTPClient
import Foundation
package import Logging
import NIOCore
package import ServiceCore
import ServiceLifecycle
import Synchronization

/// The gateways' public keys, kept fresh from a file or from the address at which the gateways publish them.
///
/// Read at start, every minute, and when an assertion names a key that is not known; never more often than
/// once a second, however many assertions ask. A source that fails leaves the last keys in force.
package final class TrustedKeyStore: Service {
    package enum Source: Sendable, Hashable {
        case file(path: String)
        case url(String)
    }

    /// The shortest time between two readings of the source.
    static let refreshInterval: Duration = .seconds(1)
    /// How often the source is read although every assertion is known, so that retired keys go.
    static let renewalInterval: Duration = .seconds(60)
    /// How long one reading may take.
    static let fetchDeadline: TimeAmount = .seconds(3)
    /// The longest document, in bytes.
    static let documentLimit = 256 << 10

    private struct State {
        var keys: TrustedKeys?
        var lastReading: ContinuousClock.Instant?
        /// What was wrong at the last reading, so that it is said once and not every second.
        var complaint: String?
        /// A reading that is going to begin or under way, which everybody who wants one waits for.
        var reading: Task<Void, Never>?
    }

    private let source: Source
    private let verifier: AssertionVerifier
    private let client: HTTPClient
    private let logger: Logger
    private let state = Mutex(State())

    package init(source: Source, audience: String, logger: Logger) {
        self.source = source
        verifier = AssertionVerifier(audience: audience)
        var configuration = HTTPClient.Configuration()
        // A redirect could lead to keys that nobody chose to trust.
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: Self.fetchDeadline, read: Self.fetchDeadline)
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        self.logger = logger
    }

    /// Whether there is a key to verify with.
    package var isReady: Bool { state.withLock { $0.keys != nil } }

    /// The claims of `token`, if a trusted key vouches for it at `now` (seconds since 1970 UTC).
    package func verify(_ token: [UInt8], now: Int64) async throws(AssertionFault) -> IdentityAssertion {
        if let keys = state.withLock({ $0.keys }) {
            do throws(AssertionFault) {
                return try await verifier.verify(token, with: keys, now: now)
            } catch .unknownKey {
                // It may have been published since.
            } catch { throw error }
        }
        await refresh()
        guard let keys = state.withLock({ $0.keys }) else { throw .unknownKey(id: "") }
        return try await verifier.verify(token, with: keys, now: now)
    }

    /// Keeps the keys fresh until the service stops.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.refresh()
                try? await Task.sleep(for: self.isReady ? Self.renewalInterval : Self.refreshInterval)
            }
        }
        try await client.shutdown()
    }

    /// Reads the source, or waits for the reading that is due.
    private func refresh() async {
        let reading = state.withLock { state in
            if let reading = state.reading { return reading }
            let due = state.lastReading.map { $0 + Self.refreshInterval }
            let reading = Task {
                if let due { try? await Task.sleep(until: due, clock: .continuous) }
                let keys = await self.readSource()
                self.state.withLock { state in
                    if let keys { state.keys = keys }
                    state.lastReading = .now
                    state.reading = nil
                }
            }
            state.reading = reading
            return reading
        }
        await reading.value
    }

    private func readSource() async -> TrustedKeys? {
        do {
            let document: Data
            switch source {
            case .file(let path): document = try Self.contents(of: path)
            case .url(let url): document = try await fetch(url)
            }
            let keys = try await TrustedKeys(json: document)
            note(nil, keys: keys)
            return keys
        } catch {
            note("\(error)", keys: nil)
            return nil
        }
    }

    /// Logs what has changed since the last reading.
    private func note(_ complaint: String?, keys: TrustedKeys?) {
        let (lastComplaint, lastKeys) = state.withLock { state in
            defer { state.complaint = complaint }
            return (state.complaint, state.keys)
        }
        if let complaint, complaint != lastComplaint {
            logger.warning(
                "no trusted keys", metadata: ["source": "\(source)", "diagnostic": "\(complaint)"])
        }
        if let keys, keys.keyIDs != lastKeys?.keyIDs {
            let names = keys.keyIDs.sorted().joined(separator: " ")
            logger.notice("trusted keys", metadata: ["source": "\(source)", "keys": "\(names)"])
        }
    }

    private static func contents(of path: String) throws -> Data {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        return try file.read(upToCount: documentLimit) ?? Data()
    }

    private func fetch(_ url: String) async throws -> Data {
        let response = try await client.execute(
            HTTPClientRequest(url: url), deadline: .now() + Self.fetchDeadline)
        guard response.status == .ok else { throw UnexpectedStatus(code: response.status.code) }
        let body = try await response.body.collect(upTo: Self.documentLimit)
        return Data(body.readableBytesView)
    }

    private struct UnexpectedStatus: Error, CustomStringConvertible {
        let code: UInt
        var description: String { "status \(code)" }
    }
}

extension TrustedKeyStore.Source: CustomStringConvertible {
    /// The file or the URL that `text` names.
    package init(_ text: String) {
        let schemes = ["http://", "https://", "http+unix://"]
        self = schemes.contains(where: text.hasPrefix) ? .url(text) : .file(path: text)
    }

    package var description: String {
        switch self {
        case .file(let path): path
        case .url(let url): url
        }
    }
}
