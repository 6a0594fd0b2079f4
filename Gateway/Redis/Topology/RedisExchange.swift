import NIOCore

/// One short conversation with a server over a connection of its own: commands out, as many replies back,
/// and the socket is closed. For finding out where to connect.
final class RedisExchange: ChannelInboundHandler, @unchecked Sendable {
    // SAFETY: used on the dialler's loop only; `Sendable` is claimed so that NIO's closures may capture it.
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Why there is no answer.
    struct Fault: Error, CustomStringConvertible {
        var description: String
    }

    private let commands: [RedisCommand]
    private let promise: EventLoopPromise<[RedisReply]>
    private let reader = ReplyReader()
    private var replies: [RedisReply] = []
    private var context: ChannelHandlerContext?
    private var isOver = false

    private init(_ commands: [RedisCommand], _ promise: EventLoopPromise<[RedisReply]>) {
        self.commands = commands
        self.promise = promise
    }

    /// The replies to `commands`, errors among them, within `span`. On the dialler's loop.
    static func ask(
        _ endpoint: RedisConfiguration.Endpoint, _ commands: [RedisCommand], over dialler: RedisDialler,
        within span: TimeAmount
    ) -> EventLoopFuture<[RedisReply]> {
        let promise = dialler.eventLoop.makePromise(of: [RedisReply].self)
        let exchange = RedisExchange(commands, promise)
        let timer = dialler.eventLoop.scheduleTask(in: span) {
            exchange.end(.failure(Fault(description: "no answer in time")))
        }
        promise.futureResult.whenComplete { _ in timer.cancel() }
        dialler.dial(endpoint, within: span, exchange).whenComplete { result in
            switch result {
            case .success: exchange.begin()
            case .failure(let error): exchange.end(.failure(error))
            }
        }
        return promise.futureResult
    }

    private func begin() {
        guard !isOver else { return }
        var bytes = ByteBuffer()
        for command in commands { command.write(to: &bytes) }
        context?.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    private func end(_ result: Result<[RedisReply], any Error>) {
        guard !isOver else { return }
        isOver = true
        promise.completeWith(result)
        context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        do throws(ReplyReader.Fault) {
            let reader = reader
            try unwrapInboundIn(data).withUnsafeReadableBytes { bytes in
                Result { () throws(ReplyReader.Fault) in try reader.feed(bytes) }
            }.get()
            while replies.count < commands.count, try reader.next() {
                replies.append(RedisReply(reader.arena))
                reader.arena.reset()
            }
        } catch {
            return end(.failure(Fault(description: error.reason)))
        }
        if replies.count == commands.count { end(.success(replies)) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.failure(Fault(description: "the server closed the connection")))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { end(.failure(error)) }
}
