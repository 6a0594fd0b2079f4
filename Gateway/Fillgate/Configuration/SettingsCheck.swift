import GatewayCore
import GatewayProxy
import GatewayRedis

/// What must hold between values that are each possible by themselves.
enum SettingsCheck {
    static func run(_ settings: Settings, _ reading: inout ConfigReading) {
        listeners(settings, &reading)
        orders(settings, &reading)
        hashes(settings, &reading)
        redis(settings, &reading)
        limits(settings, &reading)
        endpoints(settings, &reading)
        upstreams(settings, &reading)
        routes(settings, &reading)
    }

    private static func listeners(_ settings: Settings, _ reading: inout ConfigReading) {
        let path = ConfigPath.root.child("listen")
        if settings.listen.isEmpty, !reading.hasFault(under: path) {
            reading.fault(path, "must not be empty")
        }
        var seen: [UpstreamSettings.Address: ConfigPath] = [:]
        for (index, listener) in settings.listen.enumerated() {
            fronts(listener, path.item(index), settings, &reading)
            let item = path.item(index).child("address")
            guard !reading.hasFault(under: path.item(index)), !takesFreePort(listener.address) else {
                continue
            }
            if let first = seen[listener.address] {
                reading.fault(item, "'\(listener.address)' is \(first.text) already")
            } else {
                seen[listener.address] = item
            }
        }
        let operations = ConfigPath.root.child("operations").child("address")
        if let first = seen[settings.operations.address], !reading.hasFault(under: operations) {
            let place = reading.wasWritten(operations) ? operations : first
            reading.fault(
                operations, at: reading.place(of: place),
                "'\(settings.operations.address)' is \(first.text) already")
        }
    }

    private static func fronts(
        _ listener: ListenSettings, _ path: ConfigPath, _ settings: Settings, _ reading: inout ConfigReading
    ) {
        if listener.reusePort, listener.isUnixSocket {
            reading.fault(path.child("reuse-port"), "has no meaning for a Unix socket")
        }
        if listener.proxyProtocol, settings.trustedProxies.isEmpty {
            reading.fault(
                path.child("proxy-protocol"), "lets nobody connect while trusted-proxies is empty")
        }
        guard let tls = listener.tls, !reading.hasFault(under: path.child("tls")) else { return }
        switch (tls.clientCertificate, tls.clientCA) {
        case (.none, nil), (.optional, .some), (.required, .some): break
        case (.none, .some):
            reading.fault(
                path.child("tls").child("client-ca"), "is not looked at while client-certificate is none")
        case (.optional, nil), (.required, nil):
            reading.fault(
                path.child("tls").child("client-certificate"), "needs client-ca to check certificates by")
        }
    }

    /// What the files that the configuration names must be. Not a part of reading one: whoever only talks to
    /// Redis need not be able to read keys.
    static func files(_ settings: Settings, _ reading: inout ConfigReading) {
        redis(settings, readingFiles: true, &reading)
        let list = ConfigPath.root.child("login").child("password").child("common-list")
        if !reading.hasFault(under: list) {
            do throws(Complaint) { _ = try CommonPasswordFile.load(settings.login.password) } catch {
                reading.fault(list, error.message)
            }
        }
        for (index, listener) in settings.listen.enumerated() {
            let path = ConfigPath.root.child("listen").item(index).child("tls")
            guard let tls = listener.tls, !reading.hasFault(under: path) else { continue }
            do throws(TLSFault) { _ = try TLSIdentity(tls, http2: listener.http2) } catch {
                reading.fault(path.child(error.part.rawValue), error.description)
            }
        }
    }

    private static func takesFreePort(_ address: UpstreamSettings.Address) -> Bool {
        if case .host(_, port: 0) = address { true } else { false }
    }

    /// Values that must not exceed one another.
    private static func orders(_ settings: Settings, _ reading: inout ConfigReading) {
        let root = ConfigPath.root
        func require<Value: Comparable>(
            _ value: Value, _ path: ConfigPath, atMost most: Value, _ other: ConfigPath,
            _ text: (Value) -> String
        ) {
            guard value > most, !reading.hasFault(under: path), !reading.hasFault(under: other) else {
                return
            }
            blame(path, or: other, "\(text(value)) is more than \(other.text), \(text(most))", &reading)
        }
        let sessions = root.child("sessions")
        let idle = sessions.child("idle-timeout")
        require(
            settings.sessions.idleTimeout, idle, atMost: settings.sessions.absoluteTimeout,
            sessions.child("absolute-timeout"), Units.text(of:))
        if reading.wasWritten(sessions.child("touch-interval")) {
            require(
                settings.sessions.touchInterval, sessions.child("touch-interval"),
                atMost: settings.sessions.idleTimeout,
                idle, Units.text(of:))
        }
        let keys = root.child("api-keys")
        require(
            settings.keys.lifetime, keys.child("lifetime"), atMost: settings.keys.maxLifetime,
            keys.child("max-lifetime"), Units.text(of:))
        let login = root.child("login")
        let password = login.child("password")
        require(
            settings.login.password.minLength, password.child("min-length"),
            atMost: settings.login.password.maxLength, password.child("max-length")
        ) { String($0) }
        let lockout = login.child("lockout")
        require(
            settings.login.lockout.pairDuration, lockout.child("pair-duration"),
            atMost: settings.login.lockout.maxDuration, lockout.child("max-duration"), Units.text(of:))
        let connections = root.child("connections")
        require(
            settings.connections.bodyLimit, connections.child("body-limit"),
            atMost: settings.connections.bodyLimitMax, connections.child("body-limit-max"),
            Units.text(ofSize:))
    }

    /// Puts a fault on `path`, at the place of whichever of the two was written.
    static func blame(
        _ path: ConfigPath, or other: ConfigPath, _ message: String, _ reading: inout ConfigReading
    ) {
        reading.fault(path, at: reading.place(of: reading.wasWritten(path) ? path : other), message)
    }

    private static func hashes(_ settings: Settings, _ reading: inout ConfigReading) {
        let path = ConfigPath.root.child("login").child("hash")
        guard !reading.hasFault(under: path) else { return }
        let hash = settings.login.hash
        if hash.argon2id.parameters == nil {
            let memory = path.child("argon2id").child("memory")
            let product =
                "\(Units.text(ofSize: hash.argon2id.memory)) times \(hash.argon2id.iterations) iterations"
            blame(memory, or: path.child("argon2id"), "\(product) is more than 2GiB", &reading)
        }
        if hash.scrypt.parameters == nil {
            blame(
                path.child("scrypt").child("log-n"), or: path.child("scrypt"),
                "128 * 2^\(hash.scrypt.logN) * \(hash.scrypt.blockSize) bytes are more than 1GiB, or more than 2GiB "
                    + "times parallelism", &reading)
        }
    }

    private static func redis(
        _ settings: Settings, readingFiles: Bool = false, _ reading: inout ConfigReading
    ) {
        let path = ConfigPath.root.child("redis")
        guard !reading.hasFault(under: path) else { return }
        do throws(RedisConfigurationFault) {
            _ = try settings.redis.configuration(readsFiles: readingFiles)
        } catch {
            reading.fault(path, error.description.replacing("redis: ", with: "", maxReplacements: 1))
        }
    }

    private static func limits(_ settings: Settings, _ reading: inout ConfigReading) {
        let path = ConfigPath.root.child("limits")
        var seen: [String: ConfigPath] = [:]
        for (index, limit) in settings.limits.enumerated() {
            let item = path.item(index)
            if !reading.hasFault(under: item.child("name")) {
                if let first = seen[limit.name] {
                    reading.fault(item.child("name"), "'\(limit.name)' is the name of \(first.text) already")
                }
                seen[limit.name] = seen[limit.name] ?? item
            }
            if !reading.hasFault(under: item.child("key")) {
                if limit.key.count != Set(limit.key).count {
                    reading.fault(item.child("key"), "names a part twice")
                }
                if limit.name == LimitEntry.loginName, limit.key.contains(where: \.needsPrincipal) {
                    reading.fault(
                        item.child("key"), "the policy 'login' meets callers who are nobody yet; use [ip]")
                }
                if limit.name == LimitEntry.registerName, settings.login.registration == .open,
                    limit.key.contains(.user)
                {
                    reading.fault(
                        item.child("key"), "the policy 'register' meets callers who are nobody yet; use [ip]")
                }
            }
            numbers(of: limit, at: item, &reading)
        }
    }

    private static func numbers(of limit: LimitEntry, at item: ConfigPath, _ reading: inout ConfigReading) {
        let parts = ["rate", "burst", "cost", "in-flight"]
        guard !parts.contains(where: { reading.hasFault(under: item.child($0)) }) else { return }
        guard limit.inFlight == nil else {
            for part in ["rate", "burst", "cost"] where reading.wasWritten(item.child(part)) {
                reading.fault(item.child(part), "has no meaning beside in-flight")
            }
            if limit.name == LimitEntry.loginName {
                reading.fault(item.child("in-flight"), "the policy 'login' must be a rate")
            }
            return
        }
        if limit.rate == nil { reading.fault(item.child("rate"), "is missing") }
        if limit.burst == nil { reading.fault(item.child("burst"), "is missing") }
        guard let rate = limit.rate, let burst = limit.burst else { return }
        let most = GCRA.highestRatePerSecond * (rate.period.wholeMicroseconds / 1_000_000)
        let written = Units.text(of: rate)
        if limit.cost > burst {
            reading.fault(
                item.child("cost"), "\(limit.cost) is more than the burst of \(burst): nothing would pass")
        } else if rate.count > most {
            reading.fault(item.child("rate"), "'\(written)' is more than \(GCRA.highestRatePerSecond)/s")
        } else if GCRA(count: rate.count, per: rate.period, burst: burst, cost: limit.cost) == nil {
            let longest = Units.text(of: GCRA.longestWindow)
            reading.fault(
                item.child("burst"),
                "a burst of \(burst) at \(written) takes longer than \(longest) to refill")
        }
    }
}
