import Foundation
import GRDB
import SchedulerStore
import SchedulingCore
import TestSupport
import Testing

@Suite("Templates in the store")
struct TemplateTests {
    private let fixture: StoreFixture
    private var store: ScheduleStore { fixture.store }
    private let now = StoreFixture.start

    init() throws { fixture = try StoreFixture() }

    private func content(_ name: String = "Line 1", isPublic: Bool = false) -> TemplateContent {
        TemplateContent(name: name, isPublic: isPublic, config: Data(#"{"clean_hours":12}"#.utf8))
    }

    @discardableResult
    private func create(
        _ id: String, owner: String = "anna", isPublic: Bool = false, limit: Int = 10
    ) async throws -> Template {
        let creation = try await store.createTemplate(
            content(id, isPublic: isPublic), id: id, owner: owner, limit: limit, now: now)
        guard case .created(let template) = creation else {
            throw DeadlineExceeded("not created: \(creation)")
        }
        return template
    }

    private func reader(_ user: String, _ visibility: Visibility? = nil) -> TemplateReader {
        TemplateReader(user: user, visibility: visibility ?? .owner(user))
    }

    @Test("an owner's last place is given, one more is refused and stores nothing; others go on")
    func limit() async throws {
        try await create("a", limit: 2)
        try await create("b", limit: 2)
        let more = try await store.createTemplate(content(), id: "c", owner: "anna", limit: 2, now: now)
        #expect(more == .ownerFull)
        #expect(try await store.template("c", for: reader("anna")) == nil)
        try await create("d", owner: "ben", limit: 2)
        _ = try await store.deleteTemplate("a", by: reader("anna"))
        try await create("e", limit: 2)
    }

    @Test("a private template is its owner's, a public one everybody's to read; administrators read all")
    func visibility() async throws {
        try await create("a")
        try await create("b", isPublic: true)
        #expect(try await store.template("a", for: reader("ben")) == nil)
        #expect(try await store.template("b", for: reader("ben"))?.name == "b")
        #expect(try await store.template("a", for: reader("root", .everybody))?.owner == "anna")
        for visibility in [Visibility.owner("ben"), .everybody] {
            let other = reader("ben", visibility)
            let isAdministrator = visibility == .everybody
            for id in ["a", "b"] {
                let refusal: TemplateChange = id == "b" || isAdministrator ? .notOwner : .notFound
                #expect(
                    try await store.updateTemplate(
                        id, to: content(), expecting: nil, by: other, now: now) == refusal)
                #expect(try await store.deleteTemplate(id, by: other) == refusal)
            }
        }
        #expect(try await store.template("a", for: reader("anna"))?.version == 1)
    }

    @Test("a list holds one's own and what others share, each once, newest first, and counts all of them")
    func lists() async throws {
        for number in 10..<20 { try await create("a-\(number)", isPublic: number % 2 == 0) }
        for number in 10..<20 { try await create("b-\(number)", owner: "ben", isPublic: number % 2 == 0) }
        func ids(_ reader: TemplateReader, _ scope: TemplateScope) async throws -> [String] {
            var ids: [String] = []
            for page in 1...7 {
                let found = try await store.templates(for: reader, scope: scope, page: page, pageSize: 3)
                ids += found.templates.map(\.id)
                if page == 7 { #expect(found.total == ids.count) }
            }
            return ids
        }
        let own = (10..<20).reversed().map { "a-\($0)" }
        let shared = [18, 16, 14, 12, 10].map { "b-\($0)" }
        #expect(try await ids(reader("anna"), .own) == own)
        #expect(try await ids(reader("anna"), .shared) == shared)
        #expect(try await ids(reader("anna"), .all) == shared + own)
        #expect(
            try await ids(reader("clara"), .all) == shared
                + own.filter { shared.contains("b" + $0.dropFirst()) })
        let everything = (10..<20).reversed().map { "b-\($0)" } + own
        #expect(try await ids(reader("root", .everybody), .all) == everything)
    }

    @Test("of two writers who saw the same version, one changes the template and the other nothing")
    func optimism() async throws {
        try await create("a")
        let changes = try await withThrowingTaskGroup(of: TemplateChange.self) { group in
            for number in 0..<8 {
                group.addTask {
                    try await store.updateTemplate(
                        "a", to: content("name \(number)"), expecting: 1, by: reader("anna"),
                        now: now + .seconds(1))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let done = changes.compactMap { if case .done(let template) = $0 { template } else { nil } }
        #expect(done.count == 1)
        #expect(done.first?.version == 2)
        #expect(done.first?.updatedAt == now + .seconds(1))
        #expect(done.first?.createdAt == now)
        #expect(changes.count { if case .outdated = $0 { true } else { false } } == 7)
        #expect(try await store.template("a", for: reader("anna")) == done.first)
    }

    @Test("a user has one default, however many set theirs at the same time; others are not touched")
    func oneDefault() async throws {
        for number in 0..<8 { try await create("t-\(number)", isPublic: true) }
        _ = try await store.setDefaultTemplate("t-0", of: reader("ben"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask { _ = try await store.setDefaultTemplate("t-\(number)", of: reader("anna")) }
            }
            try await group.waitForAll()
        }
        let page = try await store.templates(for: reader("anna"), scope: .all, page: 1, pageSize: 50)
        #expect(page.templates.count(where: \.isDefault) == 1)
        let chosen = try #require(try await store.defaultTemplate(of: "anna"))
        #expect(chosen.isDefault && page.templates.contains(chosen))
        #expect(try await store.defaultTemplate(of: "ben")?.id == "t-0")
        #expect(try await store.clearDefaultTemplate(of: "anna"))
        #expect(try await !store.clearDefaultTemplate(of: "anna"))
        #expect(try await store.defaultTemplate(of: "anna") == nil)
        #expect(try await store.template(chosen.id, for: reader("anna"))?.isDefault == false)
    }

    @Test("deleting a template clears the defaults that it is; making it private clears those of others")
    func lostDefaults() async throws {
        try await create("a", isPublic: true)
        for user in ["anna", "ben"] { _ = try await store.setDefaultTemplate("a", of: reader(user)) }
        _ = try await store.updateTemplate(
            "a", to: content(isPublic: false), expecting: 1, by: reader("anna"), now: now)
        #expect(try await store.defaultTemplate(of: "ben") == nil)
        #expect(try await store.defaultTemplate(of: "anna")?.id == "a")
        #expect(try await store.setDefaultTemplate("a", of: reader("ben")) == .notFound)
        #expect(try await store.setDefaultTemplate("a", of: reader("root", .everybody)) == .notOwner)
        _ = try await store.deleteTemplate("a", by: reader("anna"))
        #expect(try await store.defaultTemplate(of: "anna") == nil)
    }
}
