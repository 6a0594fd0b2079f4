import GatewayCore

/// How values of one kind are read from text and written back.
struct Codec<Value> {
    /// The value that a text stands for, or why it stands for none. What it says never holds a secret.
    let parse: (String) throws(Complaint) -> Value
    let text: (Value) -> String
    /// Whether the value may also come from a file that a `_FILE` variable names, and must not be shown.
    var isSecret = false

    init(parse: @escaping (String) throws(Complaint) -> Value, text: @escaping (Value) -> String) {
        self.parse = parse
        self.text = text
    }
}

extension Codec where Value == Duration {
    /// Durations within bounds, so that no sum of them can overflow.
    static func duration(_ bounds: ClosedRange<Duration>) -> Codec {
        Codec { text throws(Complaint) in
            let value = try Units.duration(text)
            try requireBounds(value, bounds, as: text, Units.text(of:))
            return value
        } text: {
            Units.text(of: $0)
        }
    }

    /// The same, or zero.
    static func duration(orZero bounds: ClosedRange<Duration>) -> Codec {
        Codec { text throws(Complaint) in
            let value = try Units.duration(text)
            guard value != .zero else { return value }
            do throws(Complaint) { try requireBounds(value, bounds, as: text, Units.text(of:)) } catch {
                throw Complaint("\(error.message), or 0s")
            }
            return value
        } text: {
            Units.text(of: $0)
        }
    }
}

extension Codec where Value == Int {
    static func count(_ bounds: ClosedRange<Int>) -> Codec {
        Codec { text throws(Complaint) in
            let value = Int(try Units.count(text))
            try requireBounds(value, bounds, as: text, String.init)
            return value
        } text: {
            String($0)
        }
    }

    /// Bytes.
    static func size(_ bounds: ClosedRange<Int>) -> Codec {
        Codec { text throws(Complaint) in
            let value = try Units.size(text)
            try requireBounds(value, bounds, as: text, Units.text(ofSize:))
            return value
        } text: {
            Units.text(ofSize: $0)
        }
    }
}

extension Codec where Value == Int64 {
    static func count(_ bounds: ClosedRange<Int64>) -> Codec {
        Codec { text throws(Complaint) in
            let value = try Units.count(text)
            try requireBounds(value, bounds, as: text) { String($0) }
            return value
        } text: {
            String($0)
        }
    }
}

extension Codec where Value == Double {
    /// A number over 0 and at most 1.
    static var share: Codec {
        Codec { text throws(Complaint) in
            guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }),
                let value = Double(text), value > 0, value <= 1
            else { throw Complaint("'\(text)' is not a share over 0 and at most 1, such as 0.25") }
            return value
        } text: {
            $0 == 1 ? "1" : String($0)
        }
    }
}

extension Codec where Value == Double {
    /// A number from 0 to 1.
    static var shareOrNone: Codec {
        Codec { text throws(Complaint) in
            guard text != "0" else { return 0 }
            do throws(Complaint) { return try share.parse(text) } catch {
                throw Complaint("'\(text)' is not a share from 0 to 1, such as 0.01")
            }
        } text: {
            $0 == 0 ? "0" : share.text($0)
        }
    }
}

extension Codec where Value == Bool {
    static var flag: Codec {
        Codec { text throws(Complaint) in
            switch text {
            case "true": return true
            case "false": return false
            default: throw Complaint("'\(text)' is not true or false")
            }
        } text: {
            String($0)
        }
    }
}

extension Codec where Value == Rate {
    static var rate: Codec { Codec(parse: Units.rate) { Units.text(of: $0) } }
}

extension Codec where Value == FailureThreshold {
    static func threshold(failures: ClosedRange<Int64>, window bounds: ClosedRange<Duration>) -> Codec {
        Codec { text throws(Complaint) in
            let (count, window) = try Units.threshold(text)
            try requireBounds(count, failures, as: "\(count) in '\(text)'", quoted: false) { String($0) }
            let written = Units.text(of: window)
            try requireBounds(window, bounds, as: "\(written) in '\(text)'", quoted: false, Units.text(of:))
            return FailureThreshold(failures: Int(count), window: window)
        } text: {
            "\($0.failures)/\(Units.text(of: $0.window))"
        }
    }
}

extension Codec where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of a closed set of words; `later` are words that mean something which is not built yet.
    static func word(of type: Value.Type = Value.self, later: [String] = []) -> Codec {
        let known = Value.allCases.map(\.rawValue)
        return Codec { text throws(Complaint) in
            if let value = Value(rawValue: text) { return value }
            if later.contains(text) { throw Complaint("'\(text)' is not available in this version") }
            throw Complaint("'\(text)' is not one of \(known.joined(separator: ", "))")
        } text: {
            $0.rawValue
        }
    }
}

extension Codec where Value == String {
    /// A text of `lengths` bytes without control characters.
    static func text(_ lengths: ClosedRange<Int> = 1...1024) -> Codec {
        Codec { text throws(Complaint) in
            guard lengths.contains(text.utf8.count), !text.unicodeScalars.contains(where: { $0.value < 0x20 })
            else {
                throw Complaint("must be \(lengths.lowerBound) to \(lengths.upperBound) bytes on one line")
            }
            return text
        } text: {
            $0
        }
    }

    /// A name as headers, logs and keys carry it.
    static var name: Codec {
        Codec { text throws(Complaint) in
            let isPlain = text.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
            }
            guard isPlain, (1...32).contains(text.utf8.count) else {
                throw Complaint("'\(text)' is not a name: 1 to 32 of a-z 0-9 -")
            }
            return text
        } text: {
            $0
        }
    }

    /// The path of a file or directory, absolute or relative to where the program was started.
    static var path: Codec {
        Codec { text throws(Complaint) in
            guard !text.isEmpty, !text.utf8.contains(0), text.utf8.count < 4096 else {
                throw Complaint("is not a path")
            }
            return text
        } text: {
            $0
        }
    }

    /// A host name, as TLS asks for one.
    static var hostName: Codec {
        Codec { text throws(Complaint) in
            guard AddressText.isName(text) else { throw Complaint("'\(text)' is not a host name") }
            return text
        } text: {
            $0
        }
    }

    /// A path of a URL, without query.
    static var urlPath: Codec {
        Codec { text throws(Complaint) in
            guard text.hasPrefix("/"), text.utf8.count <= 1024,
                text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") })
            else { throw Complaint("'\(text)' is not a path that begins with /") }
            return text
        } text: {
            $0
        }
    }

    /// At most 32 visible characters without braces, which have a meaning of their own in Redis's keys.
    static var keyPrefix: Codec {
        Codec { text throws(Complaint) in
            guard text.utf8.count <= 32,
                text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x7B && $0 != 0x7D })
            else { throw Complaint("'\(text)' is not at most 32 visible characters without braces") }
            return text
        } text: {
            $0
        }
    }

    /// A request method (RFC 9110 §9.1): a token in upper case, as methods are compared with case.
    static var method: Codec {
        Codec { text throws(Complaint) in
            guard (1...32).contains(text.utf8.count),
                text.utf8.allSatisfy({ (0x41...0x5A).contains($0) || $0 == UInt8(ascii: "-") })
            else { throw Complaint("'\(text)' is not a method in upper case, such as GET") }
            return text
        } text: {
            $0
        }
    }
}

extension Codec where Value == Secret {
    static var secret: Codec {
        var codec = Codec { text throws(Complaint) in
            guard (1...1024).contains(text.utf8.count) else { throw Complaint("must be 1 to 1024 bytes") }
            return Secret(text)
        } text: { _ in
            "redacted"
        }
        codec.isSecret = true
        return codec
    }
}

extension Codec where Value == PathPattern {
    static var pattern: Codec {
        Codec { text throws(Complaint) in
            guard let pattern = PathPattern(text) else {
                throw Complaint(
                    "'\(text)' is not a path pattern: it begins with /, * stands for one whole segment, and ** "
                        + "for the rest, at the end")
            }
            return pattern
        } text: {
            $0.description
        }
    }
}

extension Codec where Value == AddressBlock {
    static var block: Codec {
        Codec { text throws(Complaint) in
            if let block = AddressBlock(text) { return block }
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            if parts.count == 2, let address = IPAddress(parts[0]), let length = Int(parts[1]),
                (0...(address.isV4 ? 32 : 128)).contains(length)
            {
                throw Complaint("'\(text)' has bits set past its first \(length)")
            }
            throw Complaint("'\(text)' is not an address or a block such as 10.0.0.0/8 or fd00::/8")
        } text: {
            $0.length == 128 ? $0.base.description : $0.description
        }
    }
}

extension Codec where Value == UpstreamSettings.Address {
    /// `HOST:PORT`, `[IPv6]:PORT`, and where `unix` says so `unix:///path`.
    static func address(ports: ClosedRange<Int>, unix: Bool) -> Codec {
        Codec { text throws(Complaint) in
            try AddressText.parse(text, ports: ports, unix: unix)
        } text: {
            $0.description
        }
    }
}

/// Throws where `value` lies outside `bounds`, naming both ends.
private func requireBounds<Value: Comparable>(
    _ value: Value, _ bounds: ClosedRange<Value>, as written: String, quoted: Bool = true,
    _ text: (Value) -> String
) throws(Complaint) {
    guard !bounds.contains(value) else { return }
    let shown = quoted ? "'\(written)'" : written
    throw Complaint(
        "\(shown) is out of bounds; it must be from \(text(bounds.lowerBound)) to \(text(bounds.upperBound))")
}
