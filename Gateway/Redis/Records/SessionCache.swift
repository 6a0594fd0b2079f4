import Foundation
import GatewayCore

/// What a loop has decoded of session records, so that a session in use costs no string per request.
///
/// It saves decoding and never a look-up: an entry counts only if the record that Redis just sent has the
/// same bytes, its last use apart. It is bounded, and forgets what is no longer asked for.
struct SessionCache {
    private struct Entry {
        /// The record after its last use.
        var tail: [UInt8]
        var session: Session
    }

    private var entries: RecentCache<SessionDigest, Entry>

    /// `capacity` sessions of well under a kilobyte each.
    init(capacity: Int = 4_096) { entries = RecentCache(capacity: capacity) }

    /// The session that `record` says; nil if it is not a session's record.
    mutating func session(from record: ArraySlice<UInt8>, digest: SessionDigest) -> Session? {
        let tail = record[min(record.startIndex + SessionRecord.momentDigits, record.endIndex)...]
        if var known = entries[digest], Self.areEqual(known.tail, tail) {
            guard let lastUse = SessionRecord.lastUse(of: record) else { return nil }
            known.session.lastUsedAt = lastUse
            return known.session
        }
        guard let session = SessionRecord.decode(record, digest: digest) else { return nil }
        entries[digest] = Entry(tail: Array(tail), session: session)
        return session
    }

    private static func areEqual(_ left: [UInt8], _ right: ArraySlice<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        // SAFETY: both buffers hold `left.count` bytes and are only read.
        return left.withUnsafeBytes { left in
            right.withUnsafeBytes { right in
                guard let first = left.baseAddress, let second = right.baseAddress else { return true }
                return memcmp(first, second, left.count) == 0
            }
        }
    }
}
