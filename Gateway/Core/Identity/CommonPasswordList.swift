/// A list of passwords that nobody may choose, in memory as sorted 64-bit hashes: 8 bytes an entry, whatever its
/// length. That two texts share a hash is less likely than that the machine errs, and would refuse a good
/// password, not let a bad one in.
///
/// Compared in NFC and without regard to letter case, as it was filled.
package final class CommonPasswordList: Sendable {
    private let hashes: [UInt64]

    fileprivate init(sorted hashes: [UInt64]) { self.hashes = hashes }

    package var count: Int { hashes.count }

    /// Bytes that the list takes.
    package var size: Int { hashes.count * MemoryLayout<UInt64>.size }

    /// Whether `password` is on the list.
    package func contains(_ password: Password) -> Bool {
        var folded = password.bytes.withBytes { Self.folded(Array($0)) }
        defer { SecretBytes.wipe(&folded) }
        return contains(folded: folded)
    }

    /// Whether these bytes, already folded, are an entry.
    func contains(folded bytes: some Collection<UInt8>) -> Bool {
        let wanted = Self.hash(bytes)
        var range = hashes.startIndex..<hashes.endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if hashes[middle] == wanted { return true }
            range = hashes[middle] < wanted ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return false
    }

    /// NFC, then lower case. What is not ASCII goes through strings of the standard library, which nobody can
    /// wipe; they live for the duration of this call.
    fileprivate static func folded(_ bytes: [UInt8]) -> [UInt8] {
        if bytes.allSatisfy({ $0 < 0x80 }) {
            return bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        }
        let text = UnicodeText.composed(String(decoding: bytes, as: UTF8.self)).lowercased()
        return Array(UnicodeText.composed(text).utf8)
    }

    /// SipHash under this process's own key.
    fileprivate static func hash(_ bytes: some Collection<UInt8>) -> UInt64 {
        var hasher = Hasher()
        let isDone: Void? = bytes.withContiguousStorageIfAvailable { hasher.combine(bytes: .init($0)) }
        if isDone == nil { Array(bytes).withUnsafeBytes { hasher.combine(bytes: $0) } }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}

/// Lists are equal that refuse the same.
extension CommonPasswordList: Hashable {
    package static func == (left: CommonPasswordList, right: CommonPasswordList) -> Bool {
        left === right || left.hashes == right.hashes
    }
    package func hash(into hasher: inout Hasher) { hasher.combine(hashes.count) }
}

extension CommonPasswordList {
    /// Takes a list in line by line.
    package struct Builder {
        /// Lines that are longer, in bytes, are nobody's password.
        package static let longestLine = 1_024
        private let most: Int
        private var hashes: [UInt64] = []

        /// A list of at most `most` lines that count.
        package init(most: Int) { self.most = most }

        /// Takes one line without its end; answers false where there are more than there may be. What is empty,
        /// too long or not UTF-8 can be no password and does not count, nor do the comments of John the Ripper's
        /// lists.
        package mutating func add(_ line: some Collection<UInt8>) -> Bool {
            guard !line.isEmpty, line.count <= Self.longestLine, !line.starts(with: "#!comment".utf8) else {
                return true
            }
            let bytes = Array(line)
            guard String(validating: bytes, as: UTF8.self) != nil else { return true }
            guard hashes.count < most else { return false }
            hashes.append(CommonPasswordList.hash(CommonPasswordList.folded(bytes)))
            return true
        }

        package consuming func list() -> CommonPasswordList {
            hashes.sort()
            var unique: [UInt64] = []
            unique.reserveCapacity(hashes.count)
            for hash in hashes where unique.last != hash { unique.append(hash) }
            return CommonPasswordList(sorted: unique)
        }
    }
}
