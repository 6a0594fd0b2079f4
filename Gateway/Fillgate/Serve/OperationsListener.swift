import Foundation
import GatewayCore
import Hummingbird
import Logging
import NIOCore
import ServiceCore

/// The listener for operators: `/health`, `/ready` with what is wrong named, and `/metrics`.
struct OperationsListener: Sendable {
    let address: UpstreamSettings.Address
    let group: any EventLoopGroup
    /// What keeps this worker from serving; empty when nothing does.
    let problems: @Sendable () async -> [String]
    /// A scrape of the metrics, in the format that `MetricsText` writes.
    let metrics: @Sendable () async -> [UInt8]

    /// Serves until the task is cancelled. `onRunning` is told the port.
    func run(onRunning: @escaping @Sendable (Int) async -> Void) async throws {
        // The server's own records repeat ours, and take its end for an error.
        let silent = Logger(label: "operations") { _ in SwiftLogNoOpLogHandler() }
        let router = Router()
        router.get("/health") { _, _ in try Self.answer(.ok, Status(status: "ok")) }
        router.get("/ready") { [problems] _, _ in
            let problems = await problems()
            return problems.isEmpty
                ? try Self.answer(.ok, Status(status: "ready"))
                : try Self.answer(.serviceUnavailable, Status(status: "not-ready", problems: problems))
        }
        router.get("/metrics") { [metrics] _, _ in
            Response(
                status: .ok,
                headers: [.contentType: MetricsText.contentType, .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: await metrics())))
        }
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: try bindAddress, serverName: nil),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? 0) },
            eventLoopGroupProvider: .shared(group), logger: silent)
        try await application.run()
    }

    private var bindAddress: BindAddress {
        get throws(CommandFailure) {
            switch address {
            case .host(let host, let port): .hostname(host, port: port)
            case .unixSocket: throw .refused("the operations listener needs HOST:PORT")
            }
        }
    }

    private struct Status: Encodable {
        var status: String
        var problems: [String]?
    }

    private static func answer(_ status: HTTPResponse.Status, _ body: Status) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = try encoder.encode(body)
        return Response(
            status: status,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
