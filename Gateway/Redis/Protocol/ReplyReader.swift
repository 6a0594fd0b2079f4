import CHiredis

/// hiredis's reader of RESP2, writing into a `ReplyArena`. It belongs to one connection and one loop.
final class ReplyReader {
    /// What the server sent is not RESP2, or a reply is larger than any that the gateway asks for. Nothing
    /// after it can be read.
    struct Fault: Error, Hashable { var reason: String }

    /// The most that may be read without a reply being complete.
    static let largestReply = 16 * 1024 * 1024

    let arena = ReplyArena()
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    private let reader: UnsafeMutablePointer<redisReader>?

    init() {
        // SAFETY: hiredis keeps the pointer, so the table is allocated for as long as the reader lives; the
        // arena is held by `self`, which frees the reader before it lets go of either.
        functions = .allocate(capacity: 1)
        functions.initialize(to: ReplyArena.hiredisFunctions)
        reader = redisReaderCreateWithFunctions(functions)
        reader?.pointee.privdata = Unmanaged.passUnretained(arena).toOpaque()
    }

    deinit {
        if let reader { redisReaderFree(reader) }
        functions.deinitialize(count: 1)
        functions.deallocate()
    }

    /// Takes in what arrived; the bytes are copied.
    func feed(_ bytes: UnsafeRawBufferPointer) throws(Fault) {
        guard let reader, let start = bytes.baseAddress else { return }
        guard reader.pointee.len - reader.pointee.pos + bytes.count <= Self.largestReply else {
            throw Fault(reason: "a reply of more than \(Self.largestReply) bytes")
        }
        let status = redisReaderFeed(reader, start.assumingMemoryBound(to: CChar.self), bytes.count)
        guard status == REDIS_OK else { throw fault(of: reader) }
    }

    /// Reads one more reply into the arena; false when the rest of it has not arrived. The caller resets
    /// the arena when it is done with a whole reply, and only then.
    func next() throws(Fault) -> Bool {
        guard let reader else { throw Fault(reason: "out of memory") }
        var reply: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &reply) == REDIS_OK else { throw fault(of: reader) }
        return reply != nil
    }

    private func fault(of reader: UnsafeMutablePointer<redisReader>) -> Fault {
        let text = withUnsafeBytes(of: reader.pointee.errstr) { bytes in
            String(decoding: bytes.prefix(while: { $0 != 0 }), as: UTF8.self)
        }
        return Fault(reason: text)
    }
}
