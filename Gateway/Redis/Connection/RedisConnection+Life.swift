import GatewayCore
import NIOCore

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
        if action != .nothing {
            failed += 1
            membership?.cluster?.refresh()
        }
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
        attempt &+= 1
        let attempt = attempt
        switch finder {
        case .known(let endpoint): connect(to: endpoint)
        case .sentinels(let discovery):
            discovery.find().whenComplete { result in
                guard self.attempt == attempt, case .connecting = self.machine.phase else { return }
                switch result {
                case .success(let endpoint): self.connect(to: endpoint)
                case .failure(let error): self.lose("\(error)")
                }
            }
        }
    }

    private func connect(to endpoint: RedisConfiguration.Endpoint) {
        let handler = RedisChannelHandler(connection: self)
        self.handler = handler
        dialler.dial(endpoint, within: Self.attemptDeadline, handler).whenComplete { result in
            guard self.handler === handler else { return handler.close() }
            switch result {
            case .success: self.obey(self.machine.connected())
            case .failure(let error): self.lose("\(error)")
            }
        }
    }

    private func shakeHands() {
        guard let handler else { return }
        let handshake = Handshake(configuration)
        self.handshake = handshake
        var bytes = ByteBuffer()
        for command in handshake.commands { command.write(to: &bytes) }
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
        handshake?.receive(arena)
        guard let handshake, handshake.isOver else { return }
        self.handshake = nil
        if let fault = handshake.fault {
            lose(fault)
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
        handshake = nil
        attempt &+= 1
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
