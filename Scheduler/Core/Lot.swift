/// A batch of vials of one type, filled in one go: a lot is never split.
package struct Lot: Sendable, Hashable, Codable {
    /// Unique among the lots of a schedule; 1 to 50 characters.
    package var id: String
    /// What is filled; 1 to 20 characters. Between lots of one type the changeover is shorter.
    package var type: String
    package var vials: Vials
    /// When the lot should be filled; nil if nobody said. It breaks ties and is no deadline.
    package var due: UTCTime?
    /// How much the lot matters, 0 to 100, the higher the sooner; nil counts as 0. It breaks ties.
    package var priority: Int64?

    package init(id: String, type: String, vials: Vials, due: UTCTime? = nil, priority: Int64? = nil) {
        self.id = id
        self.type = type
        self.vials = vials
        self.due = due
        self.priority = priority
    }

    private enum CodingKeys: String, CodingKey {
        case id = "lot_id"
        case type = "lot_type"
        case vials, due, priority
    }
}
