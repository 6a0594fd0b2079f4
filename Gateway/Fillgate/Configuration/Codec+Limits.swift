import GatewayCore

extension Codec where Value == LimitPolicy.Key.Part {
    /// What a policy may count by, as the configuration writes it.
    static var keyPart: Codec {
        let words: [(String, Value)] = [
            ("ip", .address), ("user", .user), ("session", .session), ("key", .apiKey), ("route", .route),
        ]
        return Codec { text throws(Complaint) in
            if let part = words.first(where: { $0.0 == text })?.1 { return part }
            if text == "header" { throw Complaint("'header' names no header; write header:NAME") }
            if text.hasPrefix("header:") { return try header(String(text.dropFirst(7))) }
            let near = NearestName.among(words.map(\.0), to: text).map { "; did you mean '\($0)'?" } ?? ""
            throw Complaint(
                "'\(text)' is not one of \(words.map(\.0).joined(separator: ", ")), header:NAME\(near)")
        } text: { part in
            if case .header(let name) = part { return "header:\(name)" }
            return words.first { $0.1 == part }?.0 ?? ""
        }
    }

    private static func header(_ name: String) throws(Complaint) -> Value {
        let isToken = name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
        }
        guard isToken, (1...64).contains(name.utf8.count) else {
            throw Complaint("'\(name)' is not a header's name: 1 to 64 of A-Z a-z 0-9 -")
        }
        return .header(name.lowercased())
    }
}

extension Codec where Value == LimitAttachment {
    /// `NAME`, or `NAME*COST`.
    static var attachment: Codec {
        Codec { text throws(Complaint) in
            let parts = text.split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
                .map(String.init)
            let name = try Codec<String>.name.parse(parts[0])
            guard parts.count == 2 else { return LimitAttachment(name: name) }
            return LimitAttachment(name: name, cost: try Codec<Int64>.count(1...1_000_000).parse(parts[1]))
        } text: { attachment in
            attachment.cost.map { "\(attachment.name)*\($0)" } ?? attachment.name
        }
    }
}
