/// A batch of vials of one type, filled in one go: a lot is never split.
package struct Lot: Sendable, Hashable, Codable {
    /// Unique among the lots of a schedule; 1 to 50 characters.
    package var id: String
    /// What is filled; 1 to 20 characters. Between lots of one type the changeover is shorter.
    package var type: String
    package var vials: Vials

    package init(id: String, type: String, vials: Vials) {
        self.id = id
        self.type = type
        self.vials = vials
    }

    private enum CodingKeys: String, CodingKey {
        case id = "lot_id"
        case type = "lot_type"
        case vials
    }
}
