import GatewayCore
import GatewayRedis

/// Every key of the configuration. The order is that of the printed configuration.
enum ConfigTable {
    static var root: [ConfigKey<Settings>] {
        [
            .items(
                "listen", \.listen, blank: ListenSettings(), listen,
                "Where clients connect. Several addresses may be listed."),
            .section(
                "operations", \.operations,
                [
                    .value(
                        "address", \.address, .address(ports: 0...65_535, unix: false),
                        "HOST:PORT; keep it away from clients.")
                ], "The listener for operators: /health and /ready, with what is wrong named."),
            .section(
                "redis", \.redis, redis, "The store that all workers share: Redis or Valkey, 7.0 or later."),
            .value(
                "data-directory", \.dataDirectory, .path,
                "Holds this worker's signing key, made on first start: mode 0700, the key 0600."),
            .value("issuer", \.issuer, .text(1...255), "The 'iss' of the assertions that upstreams verify."),
            .values(
                "trusted-proxies", \.trustedProxies, .block,
                "Addresses and CIDR blocks of proxies in front of the gateway, whose word on the client's address "
                    + "and scheme and whose X-Request-ID are believed. The client is the rightmost address that "
                    + "is not one of them."),
            .value(
                "client-address-header", \.clientAddressHeader, .word(),
                "The field that these proxies write: x-forwarded-for (with X-Forwarded-Proto) or forwarded "
                    + "(RFC 7239). The other is never believed: it is what a client sent."),
            .value("event-loops", \.eventLoops, .count(0...256), "Event loops; 0: one per processor."),
            .value(
                "drain-delay", \.drainDelay, .duration(.zero...hour),
                "How long after SIGTERM connections are still taken while /ready says no, so that a load balancer can "
                    + "turn away first."),
            .value(
                "drain-timeout", \.drainTimeout, .duration(.milliseconds(100)...hour),
                "How long requests under way may take to finish after SIGTERM."),
            .value(
                "drain-idle-timeout", \.connections.drainIdleTimeout, .duration(.zero...(minute * 5)),
                "How long a connection without a request may still bring one then; it is answered with "
                    + "Connection: close. 0s closes at once what is idle."),
            .section("connections", \.connections, connections, "What one client connection may cost."),
            .section("sessions", \.sessions, sessions, "How long a login lasts."),
            .section(
                "api-keys", \.keys, apiKeys,
                "What programs authenticate with; their users make them themselves."),
            .section("login", \.login, login, "Passwords, and when guessing stops being listened to."),
            .items(
                "limits", \.limits, blank: LimitEntry(), limit,
                "Rate limit policies, in force on all workers together. One named login is always there: without one "
                    + "of that name, the one below. So is one named register where registration is open: 5/h by "
                    + "address."),
            .section("admission", \.admission, admission, "How workers limit, besides the policies."),
            .section(
                "records", \.records, records,
                "What 'fillgate trace' finds by a request's ID: every refusal and failure, and a share of the rest."
            ),
            .section(
                "endpoints", \.endpoints, endpoints, "The gateway's own endpoints: login, sessions, keys."),
            .table(
                "upstreams", \.upstreams, named: \.name, blank: .blank, upstream,
                "Services behind the gateway, by name: the 'aud' of their assertions."),
            .items(
                "routes", \.routes, blank: RouteEntry(), route,
                "What goes where. The first match wins; what matches none is 404."),
            .section("log", \.log, log, "Records go to standard error, one line each."),
            .section(
                "audit", \.audit, audit, "Security events: logins, locks, sessions, changes of accounts."),
        ]
    }

    private static let second = Duration.seconds(1)
    private static let minute = Duration.seconds(60)
    private static let hour = Duration.seconds(3_600)
    private static let day = Duration.seconds(86_400)

    private static var redis: [ConfigKey<RedisSettings>] {
        [
            .value(
                "url", \.url, .redisURL,
                "unix:///PATH, redis://HOST:PORT/DATABASE, redis+sentinel://HOST:PORT,HOST:PORT/NAME/DATABASE or "
                    + "redis+cluster://HOST:PORT,HOST:PORT; with rediss in place of redis over TLS."),
            .optional(
                "username", \.username, .text(), example: "fillgate", "The ACL user; without one, 'default'."),
            .optional(
                "password", \.password, .secret, example: "\"\"",
                "Better kept out of this file: FILLGATE_REDIS_PASSWORD_FILE names a file that holds it."),
            .optional(
                "database", \.database, .count(RedisSettings.databases), example: "0",
                "The database number."),
            .value(
                "deadline", \.deadline, .duration(.milliseconds(1)...(second * 10)),
                "The longest that a request waits for Redis; beyond it each policy's on-store-failure decides."
            ),
            .value(
                "key-prefix", \.keyPrefix, .keyPrefix,
                "What every key begins with, so that several gateways can share a server."),
            .section("tls", \.tls, redisTLS, "For rediss:// and what begins with it: TLS 1.2 or later."),
            .section(
                "sentinel", \.sentinel,
                [
                    .optional(
                        "username", \.username, .text(), example: "fillgate",
                        "Their ACL user; without one, 'default'."),
                    .optional(
                        "password", \.password, .secret, example: "\"\"",
                        "Theirs; without one they are asked without logging in."),
                ], "Logging in to sentinels, which have users of their own."),
        ]
    }

    private static var redisTLS: [ConfigKey<RedisTLS.Files>] {
        [
            .optional(
                "ca", \.ca, .path, example: "/etc/fillgate/redis-ca.pem",
                "The authorities whose certificates are believed; where it is left out, the system's."),
            .optional(
                "certificate", \.certificate, .path, example: "/etc/fillgate/redis-client.pem",
                "What the gateway shows of itself, with its chain."),
            .optional(
                "key", \.key, .path, example: "/etc/fillgate/redis-client.key", "The certificate's key."),
            .optional(
                "server-name", \.serverName, .hostName, example: "redis.internal",
                "The name in the servers' certificates; where it is left out, the host of the address."),
        ]
    }

    private static var endpoints: [ConfigKey<EndpointSettings>] {
        [
            .optionalValues(
                "credential-limits", \.credentialLimits, .name, example: [LimitEntry.loginName],
                "Names of policies for those that take a password; they count callers who are nobody yet."),
            .optionalValues(
                "limits", \.limits, .name, example: EndpointSettings.usualLimits,
                "Names of policies for those that need a session."),
        ]
    }

    private static var sessions: [ConfigKey<SessionPolicy>] {
        [
            .value(
                "idle-timeout", \.idleTimeout, .duration(second...(day * 30)),
                "A session that is not used for this long is over."),
            .value(
                "absolute-timeout", \.absoluteTimeout, .duration(second...(day * 30)),
                "A session is over this long after login, whatever happens."),
            .value(
                "per-user", \.perUser, .count(1...10_000),
                "Sessions a user may have; when one more begins, the oldest ends."),
            .value(
                "cache", \.cache, .duration(.zero...(second * 10)),
                "How long a worker may go on serving a session that it has just seen while Redis is away: at most a "
                    + "second after it last heard of what ends elsewhere."),
            .value(
                "touch-interval", \.touchInterval, .duration(second...hour),
                "The last use of a session is written at most this often."),
            .value(
                "rotation-grace", \.rotationGrace, .duration(.zero...minute),
                "How long a token is still good that a new one has replaced, for requests under way."),
        ]
    }

    private static var login: [ConfigKey<LoginSettings>] {
        [
            .value(
                "registration", \.registration, .word(),
                "closed: accounts are made by an administrator. open: anybody may make one, at most as often as the "
                    + "policy named register allows; whoever tries an address then learns whether it has an account."
            ),
            .section(
                "password", \.password,
                [
                    .value("min-length", \.minLength, .count(8...128), "Characters; never below 8."),
                    .value("max-length", \.maxLength, .count(64...1_024), "Characters; never below 64."),
                    .optional(
                        "common-list", \.commonList, .path, example: CommonPasswordFile.usual,
                        "A file of passwords that nobody may choose, one a line in UTF-8; an empty file for none. Where it "
                            + "is left out, that of Debian's cracklib-runtime if it is installed."),
                ], "What new passwords must be. There are no rules of composition and no forced changes."),
            .section(
                "hash", \.hash, hash, "How passwords are hashed; older hashes are replaced at the next login."
            ),
            .value(
                "hash-workers", \.hashWorkers, .count(0...64),
                "Threads that hash, apart from the event loops; 0: half the processors, at least one."),
            .value(
                "hash-queue", \.hashQueue, .count(1...10_000),
                "Logins that may wait for one of them; beyond it the answer is 503 with Retry-After."),
            .section(
                "lockout", \.lockout, lockout,
                "FAILURES/WINDOW. A lock ends by itself, or by 'fillgate unlock'. An address is an IPv4 /32 or an "
                    + "IPv6 /64."),
            .section(
                "second-factor", \.secondFactor, secondFactor,
                "Codes of an authenticator app (TOTP), asked for besides the password of whoever has enrolled one."
            ),
            fresh,
        ]
    }

    private static var hash: [ConfigKey<HashSettings>] {
        [
            .value("scheme", \.scheme, .word(), "argon2id or scrypt."),
            .section(
                "argon2id", \.argon2id,
                [
                    .value(
                        "memory", \.memory, .size((46 << 20)...(1 << 30)),
                        "At least 46MiB; at most 2GiB times iterations."),
                    .value("iterations", \.iterations, .count(1...16), "Passes over the memory."),
                    .value("parallelism", \.parallelism, .count(1...16), "Lanes."),
                ], "RFC 9106."),
            .section(
                "scrypt", \.scrypt,
                [
                    .value("log-n", \.logN, .count(17...20), "log2 of the cost N."),
                    .value(
                        "block-size", \.blockSize, .count(8...32), "r. Memory is 128 times N times r bytes."),
                    .value("parallelism", \.parallelism, .count(1...16), "p."),
                ], "RFC 7914."),
        ]
    }

    private static var lockout: [ConfigKey<LockoutPolicy>] {
        let failures: ClosedRange<Int64> = 1...1_000
        return [
            .value(
                "pair", \.pair, .threshold(failures: failures, window: second...day),
                "Failures of one account from one address prefix: locks that pair."),
            .value(
                "pair-duration", \.pairDuration, .duration(second...day),
                "How long a pair's first lock lasts; each further one within a day doubles it."),
            .value("max-duration", \.maxDuration, .duration(second...day), "The longest lock."),
            .value(
                "address", \.address, .threshold(failures: failures, window: second...day),
                "Failures of one address over all accounts: locks it out of the credential endpoints."),
            .value(
                "account", \.account, .threshold(failures: failures, window: second...day),
                "Failures of one account from anywhere: for as long only devices are heard that it is known to have "
                    + "logged in from before."),
            .value(
                "consecutive", \.consecutive, .count(10...1_000_000),
                "Failures in a row of one account from unknown devices: only known devices are heard until its owner "
                    + "logs in from one, or 'fillgate unlock'."),
            .value(
                "names-per-address", \.namesPerAddress, .count(20...100_000),
                "Accounts that one address may have failed with of late; it is heard for no others."),
            .value(
                "device-lifetime", \.deviceLifetime, .duration((second * 60)...(day * 400)),
                "How long a device stays known after a login from it: the age of its cookie."),
        ]
    }

    private static var limit: [ConfigKey<LimitEntry>] {
        [
            .value(
                "name", \.name, .name, required: true,
                "The name in headers, logs and routes: 1 to 32 of a-z 0-9 -"),
            .values(
                "key", \.key, .keyPart, required: true, atLeast: 1,
                "What it counts by, several together for each combination: ip, user, session, key (the API key), "
                    + "route, header:NAME. Clients choose what stands in a header; put a limit by ip beside it."
            ),
            .optional(
                "rate", \.rate, .rate, example: "50/s",
                "Requests admitted in the long run: COUNT/s, /min or /h."),
            .optional(
                "burst", \.burst, .count(Int64(1)...1_000_000), example: "100",
                "Requests admitted at once after a rest."),
            .optional(
                "in-flight", \.inFlight, .count(Int64(1)...100_000), example: "20",
                "In place of rate and burst, on routes: requests that may be under way at one time, over all "
                    + "workers."),
            .value(
                "cost", \.cost, .count(Int64(1)...1_000_000), "What one request takes, at most the burst."),
            .value(
                "mode", \.mode, .word(),
                "enforce, or shadow: counts and logs what it would refuse, refuses nothing."),
            .value(
                "on-store-failure", \.onStoreFailure, .word(),
                "While Redis is away: local (each worker limits by itself), deny (503) or allow."),
            .value(
                "local-share", \.localShare, .share,
                "The share of rate and burst that one worker grants by itself, over 0 and at most 1."),
        ]
    }

    private static var route: [ConfigKey<RouteEntry>] {
        [
            .value(
                "path", \.path, .pattern, required: true,
                "* stands for one segment, a final ** for any number."),
            .optionalValues(
                "methods", \.methods, .method, example: ["GET", "HEAD"],
                "The methods that it takes; all where it is left out."),
            .value("upstream", \.upstream, .name, required: true, "The name of an upstream."),
            .value("require", \.require, .word(), "anonymous, user or admin."),
            .values(
                "limits", \.limits, .attachment,
                "Names of policies; a request must meet all of them. NAME*COST where one costs more here."),
            .optional(
                "body-limit", \.bodyLimit, .size(0...(1 << 40)), example: "10MiB",
                "The longest request body; where it is left out, connections.body-limit."),
        ]
    }

    private static var log: [ConfigKey<LogSettings>] {
        [
            .value("level", \.level, .word(), "trace, debug, info, notice, warning, error or critical."),
            .value("format", \.format, .word(), "json or text."),
            .value("access", \.access, .flag, "Whether every request leaves a record."),
        ]
    }
}
