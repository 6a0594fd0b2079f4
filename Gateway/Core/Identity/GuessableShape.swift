/// What is left of a password when everything is taken away that guessing programs vary first: letter case,
/// look-alike digits, separators, and the digits and marks at its end.
///
/// Works on arrays of its own that `wipe()` overwrites; call it when done.
struct GuessableShape {
    /// In lower case, as typed otherwise.
    private var plain: [UInt8]
    /// Letters and digits only, in lower case.
    private var bare: [UInt8]
    /// `bare` without the digits at its end.
    private var stem: [UInt8]
    /// `stem` with look-alikes read as the letters that they stand for: `p4ssw0rd` as `password`.
    private var read: [UInt8]

    init(of password: Password) {
        plain = password.bytes.withBytes { $0.map(Self.lowered) }
        bare = plain.filter(Self.isWordByte)
        stem = bare
        while let last = stem.last, Self.isDigit(last) { stem.removeLast() }
        var marked = plain
        while let last = marked.last, !Self.isLetter(last) { marked.removeLast() }
        read = marked.map(Self.letterForLookAlike).filter(Self.isWordByte)
        SecretBytes.wipe(&marked)
    }

    mutating func wipe() {
        SecretBytes.wipe(&plain)
        SecretBytes.wipe(&bare)
        SecretBytes.wipe(&stem)
        SecretBytes.wipe(&read)
    }

    /// Whether it is the address, a part of it, or one of these repeated or followed by digits.
    func isAddress(_ email: EmailAddress) -> Bool {
        let parts = email.text.utf8.split(separator: UInt8(ascii: "@"))
        guard parts.count == 2 else { return false }
        let local = parts[0].filter(Self.isWordByte)
        let host = parts[1].filter(Self.isWordByte)
        let name = (parts[1].split(separator: UInt8(ascii: ".")).first ?? parts[1]).filter(Self.isWordByte)
        let forms = [local + host, host + local, local + name, name + local, local, host, name]
        return forms.contains { form in
            guard !form.isEmpty else { return false }
            return bare == form || stem == form || Self.isRepetition(bare, of: form)
                || Self.isRepetition(stem, of: form)
        }
    }

    /// Whether it is a repetition, a walk along keys, digits or the alphabet, or a few common words.
    var isCommon: Bool {
        [plain, bare].contains { Self.repeatsShortUnit($0) || Self.isWalk($0) }
            || [bare, stem, read].contains(where: Self.isOneCommonWord)
            || Self.isMadeOfCommonWords(plain)
    }

    /// Whether it is an entry of `list`, once or over and over, in another spelling or with digits and marks behind
    /// it. Entries of less than four letters are no reason.
    func isOn(_ list: CommonPasswordList) -> Bool {
        [plain, bare, stem, read].contains { form in
            (Self.shortestEntry...max(Self.shortestEntry, form.count)).contains { unit in
                form.count >= unit && form.count % unit == 0 && form.contains(where: Self.isLetter)
                    && Self.isRepetition(form, of: Array(form.prefix(unit)))
                    && list.contains(folded: form.prefix(unit))
            }
        }
    }

    private static let shortestEntry = 4

    /// One to four bytes over and over: `aaaaaaaa`, `abcabcabcabc`.
    private static func repeatsShortUnit(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 4 else { return false }
        return (1...min(4, bytes.count / 2)).contains { unit in
            bytes.indices.dropFirst(unit).allSatisfy { bytes[$0] == bytes[$0 - unit] }
        }
    }

    private static func isRepetition(_ bytes: [UInt8], of unit: [UInt8]) -> Bool {
        bytes.count >= unit.count && bytes.count % unit.count == 0
            && bytes.indices.allSatisfy { bytes[$0] == unit[$0 % unit.count] }
    }

    /// Whether all of it can be cut into pieces of at least four that run along one of the tracks, either
    /// way.
    private static func isWalk(_ bytes: [UInt8]) -> Bool {
        var index = 0
        while index < bytes.count {
            let step = CommonPasswords.tracks.map { longestRun(in: bytes, from: index, along: $0) }.max() ?? 0
            guard step >= 4 else { return false }
            index += step
        }
        return !bytes.isEmpty
    }

    private static func longestRun(in bytes: [UInt8], from start: Int, along track: [UInt8]) -> Int {
        var longest = 0
        for origin in track.indices where track[origin] == bytes[start] {
            for step in [1, track.count - 1] {
                var length = 0
                while start + length < bytes.count, length < track.count,
                    bytes[start + length] == track[(origin + length * step) % track.count]
                {
                    length += 1
                }
                longest = max(longest, length)
            }
        }
        return longest
    }

    /// Whether it is one common word, once or over and over.
    private static func isOneCommonWord(_ bytes: [UInt8]) -> Bool {
        bytes.contains(where: isLetter) && CommonPasswords.words.contains { isRepetition(bytes, of: $0) }
    }

    /// Whether what stands before the digits and marks at its end is at most three common words and digits,
    /// written in one. More words than that are a passphrase, and so are words that somebody took the trouble
    /// to separate.
    private static func isMadeOfCommonWords(_ plain: [UInt8]) -> Bool {
        let bytes = plain.prefix((plain.lastIndex(where: isLetter) ?? -1) + 1)
        guard !bytes.isEmpty, bytes.allSatisfy(isWordByte) else { return false }
        // fewest[i]: the least number of words that, digits aside, the first i bytes are.
        var fewest = [Int](repeating: .max, count: bytes.count + 1)
        fewest[0] = 0
        for start in bytes.indices where fewest[start] <= 3 {
            let reached = fewest[start]
            if isDigit(bytes[start]) { fewest[start + 1] = min(fewest[start + 1], reached) }
            for word in CommonPasswords.words where bytes[start...].starts(with: word) {
                fewest[start + word.count] = min(fewest[start + word.count], reached + 1)
            }
        }
        return fewest[bytes.count] <= 3
    }

    private static func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || byte >= 0x80 }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isWordByte(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }

    private static func letterForLookAlike(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "0"): UInt8(ascii: "o")
        case UInt8(ascii: "1"), UInt8(ascii: "!"), UInt8(ascii: "|"): UInt8(ascii: "i")
        case UInt8(ascii: "3"): UInt8(ascii: "e")
        case UInt8(ascii: "4"), UInt8(ascii: "@"): UInt8(ascii: "a")
        case UInt8(ascii: "5"), UInt8(ascii: "$"): UInt8(ascii: "s")
        case UInt8(ascii: "7"): UInt8(ascii: "t")
        default: byte
        }
    }
}
