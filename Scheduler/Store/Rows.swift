import Crypto
package import Foundation
import GRDB
import SchedulingCore
import ServiceCore

extension Schedule {
    /// What `init(row:)` reads for lists.
    static let columns = """
        id, owner, name, strategy, comparison_id, template_id, status, lots_count, start_time, created_at, \
        started_at, finished_at, version, attempts, request_id, failure_code, failure_message, makespan, \
        bound, is_proven
        """
    /// The same for one schedule, with its settings; neither the input nor the diagnostic, which are large
    /// and for few.
    static let allColumns = columns + ", config"

    init(row: Row) throws {
        let id: String = row["id"]
        let word: String = row["status"]
        guard let status = ScheduleStatus(rawValue: word) else {
            throw StoreFault.damaged(what: "schedule \(id) has the status \"\(word)\"")
        }
        let code: String? = row["failure_code"]
        let message: String? = row["failure_message"]
        self.init(
            id: id, owner: row["owner"], name: row["name"], strategy: row["strategy"],
            comparisonID: row["comparison_id"], templateID: row["template_id"], status: status,
            lotsCount: row["lots_count"], startTime: UTCTime(microseconds: row["start_time"]),
            createdAt: UTCTime(microseconds: row["created_at"]),
            startedAt: (row["started_at"] as Int64?).map(UTCTime.init(microseconds:)),
            finishedAt: (row["finished_at"] as Int64?).map(UTCTime.init(microseconds:)),
            version: row["version"], attempts: row["attempts"],
            failure: code.map { ScheduleFailure(code: $0, message: message ?? "") },
            requestID: row["request_id"],
            quality: (row["makespan"] as Double?).map {
                ResultQuality(makespan: $0, bound: row["bound"], isProven: row["is_proven"] ?? false)
            },
            config: row["config"])
    }
}

extension StoredResult {
    /// A result that is about to be stored.
    package init(document: Data) {
        self.init(document: document, digest: Self.digest(of: document))
    }

    /// Whether the document is the one that was stored.
    var isWhole: Bool { Self.digest(of: document) == digest }

    private static func digest(of document: Data) -> String {
        String(decoding: Base64URL.encode(SHA256.hash(data: document)), as: UTF8.self)
    }
}

/// Which schedules a list holds: fixed SQL around bound values, one index for every combination.
struct ListFilter: Sendable {
    /// The table, the index where it must be a certain one, and the condition.
    let source: String
    let arguments: StatementArguments
    private let order: String

    /// - Parameter search: What is part of the name, in letters of either case (ASCII); nil for any name.
    init(
        viewer: Visibility, status: ScheduleStatus? = nil, strategy: String? = nil, comparison: String? = nil,
        search: String? = nil
    ) {
        var terms: [String] = []
        var arguments: StatementArguments = []
        if let comparison {
            // There are few, so that nothing else needs an index beside this.
            terms.append("comparison_id = ?")
            arguments += [comparison]
        } else {
            terms.append("comparison_id IS NULL")
        }
        let prefix = comparison == nil ? "" : "+"
        if case .owner(let owner) = viewer {
            terms.append("\(prefix)owner = ?")
            arguments += [owner]
        }
        if let status {
            terms.append("\(prefix)status = ?")
            arguments += [status.rawValue]
        }
        if let strategy {
            terms.append("\(prefix)strategy = ?")
            arguments += [strategy]
        }
        var index = ""
        if let search {
            // No index finds the middle of a text; this one holds the names, so that only what is found is read.
            if comparison == nil {
                index =
                    viewer == .everybody
                    ? " INDEXED BY schedules_name" : " INDEXED BY schedules_owner_name"
            }
            terms.append(#"name LIKE ? ESCAPE '\'"#)
            arguments += ["%\(Self.literal(search))%"]
        }
        source = "schedules\(index) WHERE " + terms.joined(separator: " AND ")
        self.arguments = arguments
        order = comparison == nil ? "id DESC" : "position"
    }

    /// `text` as a pattern of LIKE that stands for itself.
    private static func literal(_ text: String) -> String {
        text.replacing("\\", with: #"\\"#).replacing("%", with: #"\%"#).replacing("_", with: #"\_"#)
    }

    var total: String { "SELECT count(*) FROM \(source)" }

    /// Takes the page's size and offset after `arguments`.
    var pageQuery: String {
        "SELECT \(Schedule.columns) FROM \(source) ORDER BY \(order) LIMIT ? OFFSET ?"
    }

    func counts(by column: String) -> String {
        "SELECT \(column), count(*) AS count FROM \(source) GROUP BY \(column)"
    }
}
