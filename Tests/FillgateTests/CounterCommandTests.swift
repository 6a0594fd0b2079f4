import Foundation
import GatewayCore
import GatewayEndpoints
import Testing
import TestSupport

@testable import Fillgate

@Suite("fillgate sessions, lockouts, unlock, limits")
struct CounterCommandTests {
    @Test("sessions are listed newest first, and ended one by one or all")
    func sessions() async throws {
        let line = try await CommandLine.start()
        try await line.addUser("alice@example.com")
        let first = try await line.beginSession(of: "alice@example.com")
        _ = try await line.beginSession(of: "alice@example.com")
        _ = try await line.beginSession(of: "alice@example.com")
        let rows = try await line.sessions(of: "alice@example.com")
        #expect(rows.count == 3)
        #expect(rows.contains { $0["id"] as? String == first.description })
        #expect(rows.first?["address"] as? String == "192.0.2.1")

        let one = try await line.run("sessions", "revoke", "alice@example.com", "--id", first.description)
        #expect(one.output.contains("sessions ended: 1"))
        let again = try await line.run("sessions", "revoke", "alice@example.com", "--id", first.description)
        #expect(again.code == 1)
        let all = try await line.run("sessions", "revoke", "alice@example.com", "--all")
        #expect(all.output.contains("sessions ended: 2"))
        #expect(try await line.sessions(of: "alice@example.com").isEmpty)
        #expect(try await line.run("sessions", "list", "nobody@example.com").code == 1)
    }

    @Test("everybody's sessions end at once, page by page, and the audit says how many")
    func everybody() async throws {
        let line = try await CommandLine.start()
        let many = 230
        try await line.store { store in
            for number in 0..<many {
                let email = try #require(EmailAddress("user\(number)@example.com"))
                let account = Account.new(
                    email, PasswordHash(encoded: "$none"), at: Timestamp(seconds: 1_700_000_000))
                #expect(try await store.create(account) == .created)
            }
        }
        for number in [0, 99, 100, 101, many - 1] {
            _ = try await line.beginSession(of: "user\(number)@example.com")
        }
        _ = try await line.beginSession(of: "user0@example.com")
        let result = try await line.run("sessions", "revoke", "--everybody", "--json")
        #expect(result.code == 0, "\(result.errors)")
        let said = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Int]
        #expect(said == ["accounts": 5, "sessions": 6])
        #expect(try await line.sessions(of: "user0@example.com").isEmpty)
        #expect(try await line.sessions(of: "user\(many - 1)@example.com").isEmpty)
        let again = try await line.run("sessions", "revoke", "--everybody")
        #expect(again.output == "sessions ended: 0, of accounts: 0\n")
        let audit = try await line.run("audit", "--json")
        #expect(audit.output.contains("everybody") && audit.output.contains("session-revoked"))

        _ = try await line.beginSession(of: "user7@example.com")
        for arguments in [
            ["user7@example.com", "--everybody"], ["--everybody", "--all"],
            ["--everybody", "--id", "0123456789abcdef0123456789abcdef"], ["--all"],
        ] {
            let refused = try await CommandLine.run(
                ["sessions", "revoke"] + arguments, environment: ["FILLGATE_CONFIG": line.config])
            #expect(refused.code == 2 && refused.errors.contains("--everybody"), "\(arguments)")
        }
        let one = try await line.run("sessions", "revoke", "user7@example.com", "--all", "--json")
        let told = try JSONSerialization.jsonObject(with: Data(one.output.utf8)) as? [String: Int]
        #expect(told == ["accounts": 1, "sessions": 1])
    }

    /// Fails to log in from `address` until the pair is locked.
    private func lock(_ email: String, _ address: String, on line: CommandLine) async throws {
        let email = try #require(EmailAddress(email))
        let prefix = try #require(AddressPrefix(address))
        try await line.store { store in
            let attempt = LoginAttempt(email: email, address: prefix)
            for _ in 0..<5 {
                _ = try await store.begin(attempt, policy: LockoutPolicy())
                try await store.finish(attempt, as: .failed, policy: LockoutPolicy())
            }
        }
    }

    private func lockouts(_ line: CommandLine) async throws -> [[String: Any]] {
        let result = try await line.run("lockouts", "--json")
        return try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]] ?? []
    }

    @Test("pain 15: 'lockouts' says who is locked from where until when, and 'unlock' clears it")
    func unlockByAccount() async throws {
        let line = try await CommandLine.start()
        try await lock("alice@example.com", "192.0.2.1", on: line)
        try await lock("bob@example.com", "2001:db8::1", on: line)
        let rows = try await lockouts(line)
        #expect(rows.count == 2)
        let alice = try #require(rows.first { $0["email"] as? String == "alice@example.com" })
        #expect(alice["address"] as? String == "192.0.2.1")
        #expect(alice["reason"] as? String == "pair")
        #expect(alice["failures"] as? Int == 5)
        #expect((alice["until"] as? String)?.hasSuffix("Z") == true)

        #expect(try await line.run("unlock", "ALICE@example.com").output.hasPrefix("unlocked"))
        #expect(try await lockouts(line).map { $0["email"] as? String } == ["bob@example.com"])
        #expect(try await line.run("unlock", "alice@example.com").output == "nothing was counted or locked\n")
    }

    @Test("'unlock --ip' takes any address of a prefix, and '--all' everything")
    func unlockByAddress() async throws {
        let line = try await CommandLine.start()
        try await lock("alice@example.com", "2001:db8::1", on: line)
        try await lock("bob@example.com", "192.0.2.1", on: line)
        #expect(try await line.run("unlock", "--ip", "2001:db8::ffff").code == 0)
        #expect(try await lockouts(line).map { $0["email"] as? String } == ["bob@example.com"])
        #expect(try await line.run("unlock", "--all").code == 0)
        #expect(try await lockouts(line).isEmpty)
    }

    @Test("'unlock --ip' puts the limit of logins at rest as well, and no other limit and no other address's")
    func unlockRestoresLogins() async throws {
        let line = try await CommandLine.start(
            extra: "limits: [{ name: address, key: [ip], rate: 20/h, burst: 20 }]\nupstreams: {}\n")
        let settings = try ConfigurationFile.load(line.config, [:])
        func charges(_ address: String) -> [LimitCharge] {
            let question = LimitQuestion(address: AddressPrefix(address))
            return LimitSearch(question, settings).finds(settings).compactMap(\.charge)
        }
        let (mine, others) = (charges("192.0.2.1"), charges("192.0.2.2"))
        #expect(Set(mine.map(\.policy.name)).isSuperset(of: ["login", "address"]))
        func used() async throws -> [String] {
            try await line.store { store in
                let (tats, _) = try await store.states(of: mine + others)
                return zip(
                    mine.map { "mine \($0.policy.name)" } + others.map { "other's \($0.policy.name)" }, tats
                )
                .compactMap { $1 == nil ? nil : $0 }.sorted()
            }
        }
        try await line.store { store in
            _ = try await store.admit(AdmissionQuestion(session: nil, charges: mine))
            _ = try await store.admit(AdmissionQuestion(session: nil, charges: others))
        }
        let before = try await used()
        #expect(before.contains("mine login"))
        #expect(try await line.run("unlock", "--ip", "192.0.2.1").output.hasPrefix("unlocked"))
        #expect(try await used() == before.filter { $0 != "mine login" })
    }

    @Test("'lockouts' shows an account that only known devices may try, and 'unlock' opens it to all")
    func restricted() async throws {
        let line = try await CommandLine.start()
        let policy = LockoutPolicy(
            account: .init(failures: 3, window: .seconds(600)), consecutive: 3)
        let email = try #require(EmailAddress("alice@example.com"))
        try await line.store { store in
            for number in 1...3 {
                let address = try #require(AddressPrefix("192.0.2.\(number)"))
                let attempt = LoginAttempt(email: email, address: address)
                _ = try await store.begin(attempt, policy: policy)
                try await store.finish(attempt, as: .failed, policy: policy)
            }
        }
        let rows = try await lockouts(line)
        #expect(Set(rows.map { $0["reason"] as? String }) == ["account", "consecutive"])
        #expect(rows.allSatisfy { $0["email"] as? String == email.text && $0["address"] == nil })
        #expect(rows.allSatisfy { $0["failures"] as? Int == 3 })
        let endless = try #require(rows.first { $0["reason"] as? String == "consecutive" })
        #expect(endless["until"] == nil)
        let table = try await line.run("lockouts").output
        #expect(table.contains("alice@example.com  -        consecutive"))
        #expect(try await line.run("unlock", "alice@example.com").output.contains("cleared: 5"))
        #expect(try await lockouts(line).isEmpty)
    }

    private func limits(_ line: CommandLine, _ subjects: String...) async throws -> [String: [String: Any]] {
        let result = try await CommandLine.run(
            ["limits", "show", "--json"] + subjects, environment: ["FILLGATE_CONFIG": line.config])
        let rows = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]] ?? []
        return Dictionary(uniqueKeysWithValues: rows.map { ($0["policy"] as? String ?? "", $0) })
    }

    @Test("limits show what is left of each policy, and a reset brings it back")
    func limits() async throws {
        let extra = """
            upstreams: {}
            limits:
              - { name: slow, key: [ip], rate: 1/h, burst: 10 }
              - { name: mine, key: [user], rate: 1/h, burst: 5 }
              - { name: both, key: [ip, user], rate: 1/h, burst: 3, mode: shadow }
            """
        let line = try await CommandLine.start(extra: extra)
        try await line.addUser("alice@example.com")
        let settings = try Configuration.parse(extra, file: "test")
        let address = try #require(AddressPrefix("192.0.2.1"))
        let email = try #require(EmailAddress("alice@example.com"))
        try await line.store { store in
            let user = try await store.required(email).id
            var search = LimitSearch()
            search.traits = LimitTraits(address: address, user: user)
            let charges = search.finds(settings).compactMap(\.charge)
            for _ in 0..<2 { _ = try await store.admit(AdmissionQuestion(session: nil, charges: charges)) }
        }
        let byAddress = try await limits(line, "192.0.2.1")
        #expect(Set(byAddress.keys) == ["slow", "login"])
        #expect(byAddress["slow"]?["remaining"] as? Int == 8)
        #expect(byAddress["slow"]?["burst"] as? Int == 10)
        let byBoth = try await limits(line, "192.0.2.1", "alice@example.com")
        #expect(byBoth["mine"]?["remaining"] as? Int == 3)
        #expect(byBoth["both"]?["remaining"] as? Int == 1)
        #expect(byBoth["both"]?["mode"] as? String == "shadow")
        let other = try await limits(line, "192.0.2.2")
        #expect(other["slow"]?["remaining"] as? Int == 10)

        #expect(try await line.run("limits", "reset", "192.0.2.1").output == "policies reset: 2\n")
        #expect(try await limits(line, "192.0.2.1")["slow"]?["remaining"] as? Int == 10)
        #expect(try await limits(line, "alice@example.com")["mine"]?["remaining"] as? Int == 3)
        #expect(try await line.run("limits", "show", "nobody@example.com").code == 1)
    }

    @Test("pain 11: limits by route, session and header are found by those whom they concern, and reset")
    func composed() async throws {
        let extra = """
            upstreams: { app: { addresses: ["127.0.0.1:1"] } }
            routes:
              - { path: /a/**, upstream: app, limits: [place] }
              - { path: /b/**, upstream: app, limits: [place, "seat*2"] }
            limits:
              - { name: place, key: [ip, route], rate: 1/h, burst: 10 }
              - { name: seat, key: [session], rate: 1/h, burst: 8 }
              - { name: tenant, key: [ip, "header:X-Tenant"], rate: 1/h, burst: 4 }
            """
        let line = try await CommandLine.start(extra: extra)
        try await line.addUser("alice@example.com")
        let session = try await line.beginSession(of: "alice@example.com")
        let settings = try Configuration.parse(extra, file: "test")
        #expect(settings.routeTable.routes[1].limits.map(\.gcra.cost) == [1, 2])
        var search = LimitSearch()
        search.traits = LimitTraits(
            address: AddressPrefix("192.0.2.1"),
            headers: ["x-tenant": LimitSubject.name(ofHeader: Array("blue".utf8))])
        search.sessions = [session]
        let charges = search.finds(settings).compactMap(\.charge)
        let seat = LimitCharge(
            policy: try #require(settings.routeTable.routes[1].limits.last),
            subject: .composed("\(session)"))
        try await line.store { store in
            _ = try await store.admit(AdmissionQuestion(session: nil, charges: charges + [seat]))
        }
        func rows(_ arguments: String...) async throws -> [[String]] {
            let result = try await CommandLine.run(
                ["limits", "show", "--json"] + arguments, environment: ["FILLGATE_CONFIG": line.config])
            let rows = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]]
            return (rows ?? []).map { row in
                ["policy", "of", "remaining"].map { row[$0].map { "\($0)" } ?? "" }
            }
        }
        let blue = try await rows("192.0.2.1", "--header", "X-Tenant=blue")
        #expect(
            blue == [
                ["place", "/a/**", "9"], ["place", "/b/**", "9"], ["tenant", "", "3"], ["login", "", "9"],
            ])
        #expect(try await rows("192.0.2.1").contains(["tenant", "", "4"]))
        #expect(try await rows("alice@example.com") == [["seat", "\(session)", "6"]])
        #expect(try await line.run("limits", "reset", "alice@example.com").output == "policies reset: 1\n")
        #expect(try await rows("alice@example.com") == [["seat", "\(session)", "8"]])
        #expect(try await line.run("limits", "show", "192.0.2.1", "--header", "X-Tenant").code == 2)
    }
}
