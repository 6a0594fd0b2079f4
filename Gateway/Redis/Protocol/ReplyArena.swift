import CHiredis

/// The replies that hiredis has read, in the order in which they stand on the wire, in two arrays that are
/// reused: reading allocates nothing once they have grown to the size of the usual reply.
///
/// hiredis calls the functions of `hiredisFunctions` for every element. What they return stands for the
/// element inside hiredis; ours is a constant that is only ever compared with nil.
final class ReplyArena {
    enum Kind: UInt8, Sendable {
        case null, integer, text, status, error, list
    }

    struct Node: Sendable {
        var kind: Kind
        /// The integer, the number of a list's elements, or where in `bytes` a text begins.
        var value: Int64
        /// The bytes of a text.
        var length: Int32
    }

    private(set) var nodes: [Node] = []
    private(set) var bytes: [UInt8] = []

    init() {
        nodes.reserveCapacity(64)
        bytes.reserveCapacity(4_096)
    }

    /// Forgets what was read; keeps the room.
    func reset() {
        nodes.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }

    /// The first element: the whole of a reply that is no list.
    var first: Node { nodes[0] }

    /// The bytes of a text, a status or an error.
    func text(of node: Node) -> ArraySlice<UInt8> {
        bytes[Int(node.value)..<Int(node.value) + Int(node.length)]
    }

    /// Whether the first element is an error that begins with `code` and a space, or is `code`.
    func isError(_ code: StaticString) -> Bool {
        guard first.kind == .error, first.length >= code.utf8CodeUnitCount else { return false }
        let text = text(of: first)
        let end = text.startIndex + code.utf8CodeUnitCount
        // SAFETY: the pointer is that of a literal's bytes, which live as long as the program.
        let expected = UnsafeBufferPointer(start: code.utf8Start, count: code.utf8CodeUnitCount)
        return text[..<end].elementsEqual(expected) && (end == text.endIndex || text[end] == 0x20)
    }

    fileprivate func add(_ kind: Kind, _ value: Int64) {
        nodes.append(Node(kind: kind, value: value, length: 0))
    }

    fileprivate func add(_ kind: Kind, _ text: UnsafeRawBufferPointer) {
        nodes.append(
            Node(kind: kind, value: Int64(bytes.count), length: Int32(truncatingIfNeeded: text.count)))
        bytes.append(contentsOf: text)
    }
}

extension ReplyArena {
    /// What hiredis calls for each element, with the arena as `privdata`.
    static var hiredisFunctions: redisReplyObjectFunctions {
        redisReplyObjectFunctions(
            createString: { task, text, length in
                guard let task else { return nil }
                let kind: ReplyArena.Kind =
                    switch task.pointee.type {
                    case REDIS_REPLY_ERROR: .error
                    case REDIS_REPLY_STATUS: .status
                    default: .text
                    }
                arena(of: task)?.add(kind, UnsafeRawBufferPointer(start: text, count: length))
                return element
            },
            createArray: { task, count in
                guard let task else { return nil }
                arena(of: task)?.add(.list, Int64(count))
                return element
            },
            createInteger: { task, value in
                guard let task else { return nil }
                arena(of: task)?.add(.integer, value)
                return element
            },
            createNil: { task in
                guard let task else { return nil }
                arena(of: task)?.add(.null, 0)
                return element
            },
            freeObject: { _ in })
    }
}

// These stand outside the class because a C function pointer may not capture even the type.

/// Any pointer but nil: hiredis takes nil for "out of memory" and looks no further.
private var element: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: 1) }

private func arena(of task: UnsafePointer<redisReadTask>) -> ReplyArena? {
    // SAFETY: `privdata` is the arena that the reader holds for as long as it may call these functions.
    task.pointee.privdata.map { Unmanaged<ReplyArena>.fromOpaque($0).takeUnretainedValue() }
}
