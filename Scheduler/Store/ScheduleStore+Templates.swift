import GRDB
package import SchedulingCore

/// Templates. Each verb is one transaction, and what a user may not read is not there for them.
extension ScheduleStore {
    /// Stores a template of `owner`'s.
    ///
    /// - Parameter limit: How many one owner may have.
    package func createTemplate(
        _ content: TemplateContent, id: String, owner: String, limit: Int, now: UTCTime
    ) async throws(StoreFault) -> TemplateCreation {
        try await write { db in
            let count = try db.cachedStatement(
                sql: "SELECT count(*) FROM (SELECT 1 FROM templates WHERE owner = ? LIMIT ?)")
            guard try Int.fetchOne(count, arguments: [owner, limit]) ?? 0 < limit else { return .ownerFull }
            try db.cachedStatement(
                sql: """
                    INSERT INTO templates (id, owner, name, is_public, version, created_at, updated_at, config)
                    VALUES (?, ?, ?, ?, 1, ?, ?, ?)
                    """
            ).execute(arguments: [
                id, owner, content.name, content.isPublic, now.microseconds, now.microseconds, content.config,
            ])
            return try .created(Self.existing(id, for: owner, in: db))
        }
    }

    /// The template `id`, if `reader` may read it.
    package func template(_ id: String, for reader: TemplateReader) async throws(StoreFault) -> Template? {
        try await read { db in try Self.template(id, for: reader, in: db) }
    }

    /// One page of what `reader` may read, newest first.
    ///
    /// - Parameter page: Counted from 1.
    package func templates(
        for reader: TemplateReader, scope: TemplateScope, page: Int, pageSize: Int
    ) async throws(StoreFault) -> TemplatePage {
        let filter = TemplateFilter(reader, scope)
        return try await read { db in
            let count = try db.cachedStatement(sql: filter.count)
            let total = try Int.fetchOne(count, arguments: filter.countArguments) ?? 0
            let rows = try Row.fetchAll(
                db.cachedStatement(sql: filter.page),
                arguments: filter.pageArguments + [pageSize, (page - 1) * pageSize])
            return TemplatePage(templates: rows.map(Template.init(row:)), total: total)
        }
    }

    /// Replaces what a template says. One that is no longer public stops to be the default of others.
    ///
    /// - Parameter version: The version that the writer saw; nil to replace whatever there is.
    package func updateTemplate(
        _ id: String, to content: TemplateContent, expecting version: Int?, by reader: TemplateReader,
        now: UTCTime
    ) async throws(StoreFault) -> TemplateChange {
        try await write { db in
            guard let present = try Self.template(id, for: reader, in: db) else { return .notFound }
            guard present.owner == reader.user else { return .notOwner }
            guard version == nil || version == present.version else { return .outdated(present) }
            try db.cachedStatement(
                sql: """
                    UPDATE templates
                    SET name = ?, is_public = ?, config = ?, updated_at = ?, version = version + 1
                    WHERE id = ?
                    """
            ).execute(arguments: [content.name, content.isPublic, content.config, now.microseconds, id])
            if present.isPublic, !content.isPublic {
                try db.cachedStatement(
                    sql: "DELETE FROM default_templates WHERE template_id = ? AND owner <> ?"
                ).execute(arguments: [id, reader.user])
            }
            return try .done(Self.existing(id, for: reader.user, in: db))
        }
    }

    /// Deletes a template, and with it the defaults that it is. Schedules keep the settings that they took
    /// from it.
    package func deleteTemplate(
        _ id: String, by reader: TemplateReader
    ) async throws(StoreFault) -> TemplateChange {
        try await write { db in
            guard let present = try Self.template(id, for: reader, in: db) else { return .notFound }
            guard present.owner == reader.user else { return .notOwner }
            try db.cachedStatement(sql: "DELETE FROM templates WHERE id = ?").execute(arguments: [id])
            return .done(present)
        }
    }

    // MARK: - Defaults

    /// Makes a template the default of the user who asks, in place of any other: one of their own, or one
    /// that is public.
    package func setDefaultTemplate(
        _ id: String, of reader: TemplateReader
    ) async throws(StoreFault) -> TemplateChange {
        try await write { db in
            guard let present = try Self.template(id, for: reader, in: db) else { return .notFound }
            guard present.owner == reader.user || present.isPublic else { return .notOwner }
            try db.cachedStatement(
                sql: """
                    INSERT INTO default_templates (owner, template_id) VALUES (?, ?)
                    ON CONFLICT (owner) DO UPDATE SET template_id = excluded.template_id
                    """
            ).execute(arguments: [reader.user, id])
            return try .done(Self.existing(id, for: reader.user, in: db))
        }
    }

    /// The default of `user`; nil if they have none.
    package func defaultTemplate(of user: String) async throws(StoreFault) -> Template? {
        try await read { db in
            let query = try db.cachedStatement(
                sql: """
                    SELECT \(Template.columns) FROM templates
                    WHERE id = (SELECT template_id FROM default_templates WHERE owner = ?)
                    """)
            return try Row.fetchOne(query, arguments: [user, user]).map(Template.init(row:))
        }
    }

    /// Leaves `user` without a default; the template stays. False if they had none.
    package func clearDefaultTemplate(of user: String) async throws(StoreFault) -> Bool {
        try await write { db in
            try db.cachedStatement(sql: "DELETE FROM default_templates WHERE owner = ?")
                .execute(arguments: [user])
            return db.changesCount == 1
        }
    }

    // MARK: - Rows

    private static func template(
        _ id: String, for reader: TemplateReader, in db: Database
    ) throws -> Template? {
        let query = try db.cachedStatement(sql: "SELECT \(Template.columns) FROM templates WHERE id = ?")
        return try Row.fetchOne(query, arguments: [reader.user, id]).map(Template.init(row:)).flatMap {
            $0.isPublic || $0.owner == reader.user || reader.visibility.includes($0.owner) ? $0 : nil
        }
    }

    private static func existing(_ id: String, for user: String, in db: Database) throws -> Template {
        let reader = TemplateReader(user: user, visibility: .everybody)
        guard let template = try template(id, for: reader, in: db) else {
            throw StoreFault.damaged(what: "template \(id) was written and is not there")
        }
        return template
    }
}

extension Template {
    /// What `init(row:)` reads. Its first argument is the user whose default is meant.
    static let columns = """
        id, owner, name, is_public, version, created_at, updated_at, config, \
        EXISTS (
            SELECT 1 FROM default_templates AS chosen
            WHERE chosen.owner = ? AND chosen.template_id = templates.id) AS is_default
        """

    init(row: Row) {
        self.init(
            id: row["id"], owner: row["owner"], name: row["name"], isPublic: row["is_public"],
            isDefault: row["is_default"], version: row["version"],
            createdAt: UTCTime(microseconds: row["created_at"]),
            updatedAt: UTCTime(microseconds: row["updated_at"]), config: row["config"])
    }
}

/// Which templates a list holds, as fixed SQL around bound values. Each part of a list walks an index in the
/// order of the list.
private struct TemplateFilter {
    let count: String
    let countArguments: StatementArguments
    /// Takes the page's size and offset after `pageArguments`.
    let page: String
    let pageArguments: StatementArguments

    init(_ reader: TemplateReader, _ scope: TemplateScope) {
        let own = "FROM templates WHERE owner = ?"
        let shared = "FROM templates WHERE is_public = 1 AND owner <> ?"
        let parts: [String] =
            switch (scope, reader.visibility) {
            case (.own, _): [own]
            case (.shared, _): [shared]
            case (.all, .owner): [own, shared]
            case (.all, .everybody): ["FROM templates"]
            }
        let takesUser = scope != .all || reader.visibility != .everybody
        count = "SELECT " + parts.map { "(SELECT count(*) \($0))" }.joined(separator: " + ")
        countArguments = takesUser ? StatementArguments(parts.map { _ in reader.user }) : []
        page =
            parts.map { "SELECT \(Template.columns) \($0)" }.joined(separator: " UNION ALL ")
            + " ORDER BY id DESC LIMIT ? OFFSET ?"
        pageArguments = StatementArguments(
            parts.flatMap { _ in takesUser ? [reader.user, reader.user] : [reader.user] })
    }
}
