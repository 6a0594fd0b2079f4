import GatewayCore
import NIOCore
import Testing

@testable import GatewayRedis

@Suite("Redis: the protocol")
struct ProtocolTests {
    /// Feeds `text` to a reader in pieces of `size` bytes; answers the replies, whole and in order.
    private func read(_ text: String, inPiecesOf size: Int = .max) throws -> [RedisReply] {
        let reader = ReplyReader()
        var replies: [RedisReply] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let piece = rest.prefix(size)
            rest = rest.dropFirst(piece.count)
            try piece.withUnsafeBytes { try reader.feed($0) }
            while try reader.next() {
                replies.append(RedisReply(reader.arena))
                reader.arena.reset()
            }
        }
        return replies
    }

    private static let every =
        "+OK\r\n-NOSCRIPT No such script\r\n:-42\r\n$5\r\nhe\r\no\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n*3\r\n:1\r\n*2\r\n$1\r\nx\r\n$-1\r\n+y\r\n"
    private static let asValues: [RedisReply] = [
        .status("OK"), .error("NOSCRIPT No such script"), .integer(-42), .text("he\r\no"), .text(""), .null,
        .null,
        .list([]), .list([.integer(1), .list([.text("x"), .null]), .status("y")]),
    ]

    @Test(
        "every kind of reply is read as it was sent, wherever the pieces begin and end",
        arguments: [1, 2, 3, 7, 64, 4_096])
    func replies(size: Int) throws {
        #expect(try read(Self.every, inPiecesOf: size) == Self.asValues)
    }

    @Test("what is not RESP is a fault", arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", ":x\r\n", "?\r\n"])
    func notRESP(text: String) {
        #expect(throws: ReplyReader.Fault.self) { try read(text) }
    }

    @Test("a reply that is larger than any that was asked for is a fault before it is whole")
    func tooLarge() throws {
        let reader = ReplyReader()
        try Array("$999999999\r\n".utf8).withUnsafeBytes { try reader.feed($0) }
        #expect(try !reader.next())
        let megabyte = [UInt8](repeating: 120, count: 1 << 20)
        for _ in 0..<15 { try megabyte.withUnsafeBytes { try reader.feed($0) } }
        #expect(throws: ReplyReader.Fault.self) {
            try megabyte.withUnsafeBytes { try reader.feed($0) }
            _ = try reader.next()
        }
    }

    @Test("an error's code is its whole first word")
    func errorCode() throws {
        let reader = ReplyReader()
        try Array("-NOSCRIPT x\r\n-NOSCRIPTS\r\n-NOSCRIPT\r\n+NOSCRIPT\r\n".utf8).withUnsafeBytes {
            try reader.feed($0)
        }
        var seen: [Bool] = []
        while try reader.next() {
            seen.append(reader.arena.isError("NOSCRIPT"))
            reader.arena.reset()
        }
        #expect(seen == [true, false, true, false])
    }

    @Test("commands are written as RESP, whatever bytes they hold")
    func command() {
        var buffer = ByteBuffer()
        RedisCommand("SET", "kéy", "", "a\r\nb").write(to: &buffer)
        #expect(String(buffer: buffer) == "*4\r\n$3\r\nSET\r\n$4\r\nkéy\r\n$0\r\n\r\n$4\r\na\r\nb\r\n")
    }

    @Test("the hot commands are byte for byte what hiredis would format")
    func hot() throws {
        let keys = KeySchema(prefix: "fg:")
        var hot = HotCommands(keys: keys)
        let user = try #require(UserID("0190-alice"))
        let v6 = try #require(AddressPrefix("2001:db8:0:a::1"))
        let gcra = try #require(GCRA(count: 7, per: .seconds(3), burst: 20, cost: 2))
        let digest = SessionDigest(words: (0, 1, 0x0123_4567_89AB_CDEF, .max))
        var written = ByteBuffer()
        var expected = ByteBuffer()
        hot.writeLookUp(digest, isKey: false, to: &written)
        hot.writeLookUp(digest, isKey: true, to: &written)
        RedisCommand("GET", keys.session(digest)).write(to: &expected)
        RedisCommand("GET", keys.apiKey(named: digest.description)).write(to: &expected)
        #expect(written == expected)
        let subjects: [LimitSubject] = [
            .address(v6), .address(try #require(AddressPrefix("10.0.200.3"))), .user(user),
            .addressAndUser(v6, user),
        ]
        for subject in subjects {
            let charge = LimitCharge(
                policy: LimitPolicy(name: "api", key: .user, gcra: gcra), subject: subject)
            let command = RedisCommand(
                .gcra, keys: [keys.limit(charge)],
                [String(gcra.interval * gcra.cost), String(gcra.window), "12"])
            written.clear()
            expected.clear()
            hot.writeCharges(charge, count: 12, evaluating: false, to: &written)
            hot.writeCharges(charge, count: 12, evaluating: true, to: &written)
            command.write(to: &expected)
            command.evaluated.write(to: &expected)
            #expect(String(buffer: written) == String(buffer: expected))
        }
    }

    @Test("a limit's key names the policy and the subject, an IPv6 client by its /64")
    func limitKeys() throws {
        let keys = KeySchema(prefix: "fg:")
        func key(_ subject: LimitSubject) throws -> String {
            keys.limit(LimitCharge(policy: try Sample.charge().policy, subject: subject))
        }
        let user = try #require(UserID("0190-alice"))
        let v4 = try #require(AddressPrefix("192.0.2.10"))
        let v6 = try #require(AddressPrefix("2001:db8:0:a:1:2:3:4"))
        #expect(try key(.address(v4)) == "fg:l:api:192.0.2.10")
        #expect(try key(.address(v6)) == "fg:l:api:2001:db8:0:a")
        #expect(try key(.user(user)) == "fg:l:api:0190-alice")
        #expect(try key(.addressAndUser(v4, user)) == "fg:l:api:192.0.2.10|0190-alice")
    }

    @Test("all keys that a script touches share one hash tag, even where an address has braces in it")
    func hashTags() throws {
        let keys = KeySchema(prefix: "fg:")
        let email = try #require(EmailAddress("{mallory}@example.com"))
        let id = try #require(UserID("0190-alice"))
        let prefix = try #require(AddressPrefix("192.0.2.1"))
        func tag(_ key: String) -> Substring? {
            guard let open = key.firstIndex(of: "{"), let close = key[open...].firstIndex(of: "}") else {
                return nil
            }
            return key[key.index(after: open)..<close]
        }
        for key in [keys.account(email), keys.accountAddress(of: id), keys.allAccounts] {
            #expect(tag(key) == "acc")
        }
        let counting = [
            keys.counter(of: prefix, and: email), keys.counter(of: prefix), keys.counters(with: prefix),
            keys.counter(of: email), keys.counter(of: nil, and: email), keys.streak(of: email),
            keys.counters(with: email), keys.locks, keys.devicesSince(of: email),
        ]
        for key in counting { #expect(tag(key) == "log") }
    }

    @Test("a session's record reads back as it was written, and nothing else is one")
    func record() throws {
        let user = try #require(UserID("0190-alice"))
        let email = try #require(EmailAddress("alice@example.com"))
        func made(
            isAdmin: Bool = true, lastUsed: Int64 = 1_763_755_201_000_001, address: String = "192.0.2.1",
            userAgent: String = ""
        ) -> Session {
            Session(
                digest: SessionDigest(words: (1, 2, 3, 4)), user: user, email: email, isAdmin: isAdmin,
                createdAt: Timestamp(microseconds: 1_763_755_200_123_456),
                lastUsedAt: Timestamp(microseconds: lastUsed),
                expiresAt: Timestamp(microseconds: 1_763_798_400_123_456), address: address,
                userAgent: userAgent)
        }
        let session = made()
        let record = Array(SessionRecord.encode(session).utf8)
        #expect(SessionRecord.decode(record[...], digest: session.digest) == session)
        var cache = SessionCache(capacity: 2)
        for _ in 0..<2 { #expect(cache.session(from: record[...], digest: session.digest) == session) }
        // Another session's record under the same digest is decoded, not remembered.
        let other = made(isAdmin: false, lastUsed: 1_763_755_202_000_000)
        #expect(
            cache.session(from: Array(SessionRecord.encode(other).utf8)[...], digest: session.digest) == other
        )
        for count in [0, 15, 16, 40, 60] {
            #expect(SessionRecord.decode(record.prefix(count), digest: session.digest) == nil)
        }
        #expect(cache.session(from: Array("x".utf8)[...], digest: session.digest) == nil)
        let forged = made(address: "1\n2", userAgent: "a\nb\u{7F}c")
        let reread = SessionRecord.decode(
            Array(SessionRecord.encode(forged).utf8)[...], digest: session.digest)
        #expect(reread?.userAgent == "abc" && reread?.address == "12")
    }
}

@Suite("Redis: configuration")
struct RedisConfigurationTests {
    @Test("URLs say where Redis is and who asks")
    func urls() throws {
        #expect(
            try RedisConfiguration(url: "redis://127.0.0.1").topology
                == .server(.tcp(host: "127.0.0.1", port: 6_379)))
        #expect(
            try RedisConfiguration(url: "redis://[::1]:7000/").topology
                == .server(.tcp(host: "::1", port: 7_000)))
        let full = try RedisConfiguration(url: "redis://gate:p%40ss:word@redis.internal:6380/3")
        #expect(full.topology == .server(.tcp(host: "redis.internal", port: 6_380)))
        #expect(full.user == "gate" && full.password == "p@ss:word" && full.database == 3)
        let socket = try RedisConfiguration(url: "unix:///run/fillgate/redis.sock?db=2", password: "secret")
        #expect(socket.topology == .server(.unix(path: "/run/fillgate/redis.sock")))
        #expect(socket.user == nil && socket.password == "secret" && socket.database == 2)
        #expect(try RedisConfiguration(url: "redis://:old@h", password: "new").password == "new")
    }

    @Test(
        "what cannot be meant is refused with a reason",
        arguments: [
            ("http://h", "unknown scheme"), ("redis+sentinel://h", "the name by which"),
            ("redis+sentinel://h/", "the name by which"), ("redis+sentinel://h/a b", "the name by which"),
            ("redis+sentinel://h,/m", "names no host"), ("redis+sentinel:///m", "names no host"),
            ("redis+sentinel://h:0/m", "port"), ("redis+sentinel://h/m/x", "database"),
            ("redis://h,h2", "names no host"), ("redis+cluster://", "names no host"),
            ("redis+cluster://h/1", "no databases"), ("redis+cluster://h:x", "port"),
            ("h:6379", "must begin with"),
            ("redis://", "names no host"), ("redis://h:0", "port"), ("redis://h:65536", "port"),
            ("redis://h:x", "port"),
            ("redis://h/x", "database"), ("redis://h/-1", "database"), ("redis://h/65536", "database"),
            ("unix://relative.sock", "absolute path"), ("unix:///a?x=1", "db=NUMBER"),
            ("redis://user@h", "needs a password"),
            ("redis://[::1]7000", "colon"), ("redis://a%zz:b@h", "percent-encoded"),
        ])
    func refused(url: String, reason: String) {
        do {
            _ = try RedisConfiguration(url: url)
            Issue.record("\(url) was taken")
        } catch {
            #expect(error.description.contains(reason), "\(error)")
        }
    }

    @Test("sentinels are listed with the name of the primary, and have a log-in of their own")
    func sentinels() throws {
        let group = try RedisConfiguration(
            url: "redis+sentinel://gate:pw@a,[::1]:7000,c:26380/main/4", sentinelUser: "s",
            sentinelPassword: "hidden")
        #expect(
            group.topology
                == .sentinels(
                    [
                        .tcp(host: "a", port: 26_379), .tcp(host: "::1", port: 7_000),
                        .tcp(host: "c", port: 26_380),
                    ], master: "main"))
        #expect(group.user == "gate" && group.password == "pw" && group.database == 4)
        #expect("\(group)" == "redis+sentinel://a:26379,[::1]:7000,c:26380/main/4")
        #expect(throws: RedisConfigurationFault.self) {
            try RedisConfiguration(url: "redis://h", sentinelPassword: "x")
        }
        #expect(throws: RedisConfigurationFault.self) {
            try RedisConfiguration(url: "redis+sentinel://h/m", sentinelUser: "x")
        }
        for (count, isFine) in [(RedisLocation.mostHosts, true), (RedisLocation.mostHosts + 1, false)] {
            let hosts = (0..<count).map { "h\($0)" }.joined(separator: ",")
            #expect(((try? RedisConfiguration(url: "redis+sentinel://\(hosts)/m")) != nil) == isFine)
        }
    }

    @Test("a Cluster is named by some of its nodes, and has one database")
    func clusters() throws {
        let cluster = try RedisConfiguration(url: "redis+cluster://gate:pw@a,[::1]:7000/0")
        #expect(cluster.topology == .cluster([.tcp(host: "a", port: 6_379), .tcp(host: "::1", port: 7_000)]))
        #expect(cluster.user == "gate" && cluster.password == "pw")
        #expect("\(cluster)" == "redis+cluster://a:6379,[::1]:7000")
    }

    @Test("a socket's path and the bounds are checked on both sides")
    func bounds() throws {
        let longest = "unix:///" + String(repeating: "x", count: 106)
        #expect(throws: Never.self) { try RedisConfiguration(url: longest) }
        #expect(throws: RedisConfigurationFault.self) { try RedisConfiguration(url: longest + "x") }
        for (deadline, isFine) in [(0, false), (1, true), (10_000, true), (10_001, false)] {
            let made = try? RedisConfiguration(url: "redis://h", deadline: .milliseconds(deadline))
            #expect((made != nil) == isFine)
        }
        #expect(throws: RedisConfigurationFault.self) {
            try RedisConfiguration(url: "redis://h", keyPrefix: "{x}")
        }
        #expect(throws: RedisConfigurationFault.self) {
            try RedisConfiguration(url: "redis://h", waitingBound: 0)
        }
    }

    @Test("a configuration prints where, and no password")
    func description() throws {
        let configuration = try RedisConfiguration(url: "redis://gate:hunter2@h:1/2")
        #expect("\(configuration)" == "redis://h:1/2")
        #expect(!String(reflecting: configuration).contains("hunter2"))
    }
}
