import GatewayCore
import NIOCore
import NIOPosix

/// Connecting, the handshake, losing the connection and finding it again: what `ConnectionMachine` decides.
extension RedisConnection {
    func start() { obey(machine.start()) }

    /// Fails whoever waits and closes the socket; nothing may be asked afterwards.
    func close() -> EventLoopFuture<Void> {
        let closed = handler?.channel?.closeFuture ?? eventLoop.makeSucceededVoidFuture()
        obey(machine.close())
        return closed
    }

    private func obey(_ action: ConnectionMachine.Action) {
        switch action {
        case .nothing: break
        case .connect: connect()
        case .shakeHands: shakeHands()
        case .serve:
            reportServing()
            flushNow()
        case .reconnect:
            detach()
            salvage()
            connect()
        case .failAndRetry(let span):
            detach()
            failAll(.unavailable)
            eventLoop.scheduleTask(in: span) { self.obey(self.machine.retryDue()) }
        case .shutDown:
            detach()
            failAll(.unavailable)
            flushLater = {}
        }
    }

    /// The connection or the attempt is over, for a reason that is logged once a trouble.
    func lose(_ reason: String) {
        let action = machine.lost()
        if action != .nothing { failed += 1 }
        if case .failAndRetry = action, !hasReportedTrouble {
            hasReportedTrouble = true
            logger.warning(
                "Redis does not answer", metadata: ["redis": "\(configuration)", "reason": "\(reason)"])
        }
        obey(action)
    }

    private func reportServing() {
        guard hasReportedTrouble else { return }
        hasReportedTrouble = false
        logger.notice("Redis answers again", metadata: ["redis": "\(configuration)"])
    }

    private func connect() {
        let handler = RedisChannelHandler(connection: self)
        self.handler = handler
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(Self.attemptDeadline)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        let attempt =
            switch configuration.endpoint {
            case .tcp(let host, let port): bootstrap.connect(host: host, port: port)
            case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
            }
        attempt.whenComplete { result in
            guard self.handler === handler else { return handler.close() }
            switch result {
            case .success: self.obey(self.machine.connected())
            case .failure(let error): self.lose("\(error)")
            }
        }
    }

    private func shakeHands() {
        guard let handler else { return }
        var commands: [RedisCommand] = []
        if let password = configuration.password {
            commands.append(
                RedisCommand(words: ["AUTH"] + (configuration.user.map { [$0] } ?? []) + [password]))
        }
        if configuration.database != 0 {
            commands.append(RedisCommand("SELECT", "\(configuration.database)"))
        }
        commands += RedisScript.all.map { RedisCommand("SCRIPT", "LOAD", $0.source) }
        commands.append(RedisCommand("PING"))
        handshakeReplies = commands.count
        handshakeFault = nil
        var bytes = ByteBuffer()
        for command in commands { command.write(to: &bytes) }
        handler.write(bytes)
        expectHandshake(over: handler, by: .now() + Self.attemptDeadline, mayBeLate: true)
    }

    /// Gives up the handshake when it is due, and one round of the loop later if the loop was too busy to
    /// read the answer in time.
    private func expectHandshake(over handler: RedisChannelHandler, by due: NIODeadline, mayBeLate: Bool) {
        eventLoop.scheduleTask(deadline: due) {
            guard self.handler === handler, case .handshaking = self.machine.phase else { return }
            let now = NIODeadline.now()
            if mayBeLate, now - due > Self.latenessThatExcuses {
                self.expectHandshake(over: handler, by: now + .milliseconds(1), mayBeLate: false)
            } else {
                self.lose("the handshake was not answered")
            }
        }
    }

    func receivedInHandshake(_ arena: ReplyArena) {
        handshakeReplies -= 1
        if arena.first.kind == .error, handshakeFault == nil {
            let text = String(decoding: arena.text(of: arena.first), as: UTF8.self)
            handshakeFault = String(text.prefix(while: { $0 != " " }))
        }
        guard handshakeReplies == 0 else { return }
        if let handshakeFault {
            lose("refused with \(handshakeFault)")
        } else {
            made += 1
            obey(machine.handshakeDone())
        }
    }

    /// Teaches the server its scripts again; somebody else made it forget them.
    func reloadScripts() {
        guard !isReloadingScripts else { return }
        isReloadingScripts = true
        for script in RedisScript.all { tell(RedisCommand("SCRIPT", "LOAD", script.source)) }
        eventLoop.scheduleTask(in: .milliseconds(100)) { self.isReloadingScripts = false }
    }

    private func detach() {
        let old = handler
        handler = nil
        old?.close()
        clearHead()
    }

    private func failAll(_ fault: StoreFault) {
        seal()
        outgoing.clear()
        for (waiter, _) in queue.removeAll() { waiter.fail(fault) }
    }

    /// Queues again what may be sent twice and fails the rest: whether that was carried out is not known.
    private func salvage() {
        seal()
        outgoing.clear()
        for (waiter, deadline) in queue.removeAll() {
            switch waiter {
            case .admissions(let batch) where !batch.isRepeat:
                batch.isRepeat = true
                resend(batch, deadline: deadline)
            case .commands(var flight):
                guard var bytes = flight.repeatable else { fallthrough }
                flight.repeatable = nil
                outgoing.writeBuffer(&bytes)
                queue.append(.commands(flight), replies: flight.replies, deadline: deadline)
            default: waiter.fail(.unavailable)
            }
        }
    }
}
