import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import GatewayRedis

@Suite("Redis: over TLS")
struct RedisTLSTests {
    /// A server with a certificate for `gate.test` and 127.0.0.1, and its `rediss://` URL.
    private struct Encrypted {
        let server: RedisServer
        let url: String
        let certificate: TestCertificate
        let folder: TemporaryFolder

        static func start(
            clients: TestCertificate? = nil, bearing other: TestCertificate? = nil
        ) async throws -> Encrypted {
            let folder = try TemporaryFolder()
            let certificate = try other ?? TestCertificate.make("redis", in: folder)
            let port = try FreePort.onLoopback()
            let server = try await RedisServer.start(options: [
                "--tls-port", "\(port)", "--tls-cert-file", certificate.certificate, "--tls-key-file",
                certificate.key, "--tls-ca-cert-file", (clients ?? certificate).certificate,
                "--tls-auth-clients",
                clients == nil ? "no" : "yes",
            ])
            return Encrypted(
                server: server, url: "rediss://127.0.0.1:\(port)", certificate: certificate, folder: folder)
        }

        func store(_ tls: RedisTLS.Files) throws -> LoopActor<RedisStore> {
            .store(try RedisConfiguration(url: url, tls: tls, deadline: .seconds(2)))
        }
    }

    private func question() throws -> AdmissionQuestion {
        AdmissionQuestion(session: nil, charges: [try Sample.charge(burst: 1_000)])
    }

    @Test("a server whose certificate the authority vouches for is talked to over TLS")
    func encrypted() async throws {
        let redis = try await Encrypted.start()
        defer { redis.server.stop() }
        for name in [nil, "gate.test"] as [String?] {
            let loop = try redis.store(
                RedisTLS.Files(ca: redis.certificate.certificate, serverName: name))
            try await loop.untilReachable()
            let question = try question()
            #expect(await loop.run { _, store in await store.fault(of: question) } == nil)
            let session = try Sample.session()
            try await loop.run { _, store in
                try await store.begin(session, policy: SessionPolicy())
                #expect(try await store.list(of: session.user) == [session])
            }
            await loop.run { _, store in await store.close() }
        }
    }

    @Test("a certificate of another authority or for another name is refused before anything is said")
    func impostor() async throws {
        // It bears neither a name nor an address that anybody would connect to.
        let folder = try TemporaryFolder()
        let authority = try TestCertificate.make("authority", in: folder)
        let redis = try await Encrypted.start(bearing: try authority.sign("redis", in: folder))
        defer { redis.server.stop() }
        try redis.server.command("CONFIG", "SET", "requirepass", "right")
        let other = try TestCertificate.make("other", in: folder)
        let refused = [
            RedisTLS.Files(ca: other.certificate),
            RedisTLS.Files(ca: authority.certificate, serverName: "gate.test"),
            RedisTLS.Files(ca: authority.certificate),
        ]
        for files in refused {
            let configuration = try RedisConfiguration(
                url: redis.url, password: "never sent", tls: files, deadline: .seconds(2))
            let loop = LoopActor<RedisStore>.store(configuration)
            try await loop.eventually("an open circuit") { $0.link.refusal == .circuitOpen }
            let question = try question()
            #expect(await loop.run { _, store in await store.fault(of: question) } == .circuitOpen)
            await loop.run { _, store in await store.close() }
        }
        // The server would remember a wrong password.
        let log = try redis.server.command("ACL", "LOG", password: "right")
        #expect(log == .list([]), "\(log)")
    }

    @Test("a server that wants a certificate of its clients gets the configured one")
    func mutual() async throws {
        let folder = try TemporaryFolder()
        let authority = try TestCertificate.make("authority", in: folder)
        let mine = try authority.sign("gateway", in: folder)
        let redis = try await Encrypted.start(clients: authority)
        defer { redis.server.stop() }
        let ca = redis.certificate.certificate
        let loop = try redis.store(
            RedisTLS.Files(ca: ca, certificate: mine.certificate, key: mine.key))
        try await loop.untilReachable()
        let question = try question()
        #expect(await loop.run { _, store in await store.fault(of: question) } == nil)
        let without = try redis.store(RedisTLS.Files(ca: ca))
        try await without.eventually("an open circuit") { $0.link.refusal == .circuitOpen }
    }

    @Test("files that cannot be used are named, and what is in them is not told")
    func unusable() throws {
        let folder = try TemporaryFolder()
        let own = try TestCertificate.make("own", in: folder)
        let other = try TestCertificate.make("other", in: folder)
        let cases: [(RedisTLS.Files, String)] = [
            (RedisTLS.Files(ca: folder.file("none.pem")), "none.pem is not a list of certificates"),
            (RedisTLS.Files(ca: own.key), "own.key is not a list"),
            (RedisTLS.Files(certificate: own.certificate), "go together"),
            (RedisTLS.Files(key: own.key), "go together"),
            (RedisTLS.Files(certificate: own.certificate, key: other.key), "do not go together"),
        ]
        for (files, reason) in cases {
            do {
                _ = try RedisConfiguration(url: "rediss://h", tls: files)
                Issue.record("\(files) was taken")
            } catch {
                #expect(error.description.contains(reason), "\(error)")
                #expect(!error.description.contains("BEGIN"))
            }
        }
        #expect(throws: RedisConfigurationFault.self) {
            try RedisConfiguration(url: "redis://h", tls: RedisTLS.Files(ca: own.certificate))
        }
    }

    @Test("a certificate that was replaced makes another configuration, and one that was not does not")
    func replaced() throws {
        let folder = try TemporaryFolder()
        let own = try TestCertificate.make("own", in: folder)
        let files = RedisTLS.Files(ca: own.certificate)
        let before = try RedisConfiguration(url: "rediss://h", tls: files)
        #expect(try RedisConfiguration(url: "rediss://h", tls: files) == before)
        _ = try TestCertificate.make("own", in: folder)
        #expect(try RedisConfiguration(url: "rediss://h", tls: files) != before)
        #expect("\(before)" == "rediss://h:6379/0")
    }
}
