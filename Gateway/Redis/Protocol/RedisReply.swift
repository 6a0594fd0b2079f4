/// One reply as a value of its own, for everything but the hot path, which reads the arena itself.
indirect enum RedisReply: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case status(String)
    /// The whole line; its first word is the code.
    case error(String)
    case list([RedisReply])

    /// The reply that `arena` holds.
    init(_ arena: ReplyArena) {
        var next = 0
        self = Self.element(of: arena, at: &next)
    }

    private static func element(of arena: ReplyArena, at next: inout Int) -> RedisReply {
        let node = arena.nodes[next]
        next += 1
        switch node.kind {
        case .null: return .null
        case .integer: return .integer(node.value)
        case .text: return .text(String(decoding: arena.text(of: node), as: UTF8.self))
        case .status: return .status(String(decoding: arena.text(of: node), as: UTF8.self))
        case .error: return .error(String(decoding: arena.text(of: node), as: UTF8.self))
        case .list:
            var elements: [RedisReply] = []
            elements.reserveCapacity(Int(node.value))
            for _ in 0..<max(0, node.value) { elements.append(element(of: arena, at: &next)) }
            return .list(elements)
        }
    }

    /// The integer, where it is one.
    var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    /// The text, where it is one; nil for a key that is not there.
    var text: String? { if case .text(let value) = self { value } else { nil } }
    var isError: Bool { if case .error = self { true } else { false } }
    /// The elements, where it is a list.
    var list: [RedisReply]? { if case .list(let elements) = self { elements } else { nil } }
}
