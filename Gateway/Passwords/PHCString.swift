import ServiceCore

/// An encoded hash in the PHC string format: `$id$v=19$name=value,…$salt$digest`, where salt and digest are
/// base64 (RFC 4648 §4) without padding. Read strictly: one value has one spelling.
struct PHCString: Equatable {
    var id: String
    var version: UInt32?
    /// In the order written.
    var parameters: [Parameter]
    var salt: [UInt8]
    var digest: [UInt8]

    struct Parameter: Equatable {
        var name: String
        var value: UInt32
    }

    /// The longest that is read, in bytes; the longest of ours has 97.
    static let longest = 512

    init(id: String, version: UInt32?, parameters: [Parameter], salt: [UInt8], digest: [UInt8]) {
        self.id = id
        self.version = version
        self.parameters = parameters
        self.salt = salt
        self.digest = digest
    }

    /// Nil when any part is missing, left over, or not of its form.
    init?(_ text: String) {
        guard text.utf8.count <= Self.longest, text.utf8.first == UInt8(ascii: "$") else { return nil }
        var fields = text.dropFirst().split(separator: "$", omittingEmptySubsequences: false)[...]
        guard let id = fields.popFirst(), Self.isName(id) else { return nil }
        self.id = String(id)
        if let field = fields.first, field.hasPrefix("v=") {
            guard let version = Self.number(field.dropFirst(2)) else { return nil }
            self.version = version
            fields.removeFirst()
        }
        guard fields.count == 3 else { return nil }
        parameters = []
        for pair in fields.removeFirst().split(separator: ",", omittingEmptySubsequences: false) {
            let halves = pair.split(separator: "=", omittingEmptySubsequences: false)
            guard halves.count == 2, Self.isName(halves[0]), let value = Self.number(halves[1]) else {
                return nil
            }
            parameters.append(Parameter(name: String(halves[0]), value: value))
        }
        guard let salt = Self.decode(fields.removeFirst()), let digest = Self.decode(fields.removeFirst())
        else { return nil }
        self.salt = salt
        self.digest = digest
    }

    /// The values of exactly these parameters in exactly this order; nil when they are others.
    func values(of names: String...) -> [UInt32]? {
        parameters.map(\.name) == names ? parameters.map(\.value) : nil
    }

    var encoded: String {
        let version = version.map { "$v=\($0)" } ?? ""
        let parameters = parameters.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
        return "$\(id)\(version)$\(parameters)$\(Self.encode(salt))$\(Self.encode(digest))"
    }

    private static func isName(_ text: Substring) -> Bool {
        (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }

    private static func number(_ text: Substring) -> UInt32? {
        guard (1...10).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            text.utf8.count == 1 || text.utf8.first != UInt8(ascii: "0")
        else { return nil }
        return UInt32(text)
    }

    // The two alphabets of base64 differ in two characters.
    private static func encode(_ bytes: [UInt8]) -> String {
        let characters = Base64URL.encode(bytes).map { byte in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
        return String(decoding: characters, as: UTF8.self)
    }

    private static func decode(_ text: Substring) -> [UInt8]? {
        guard !text.isEmpty, !text.contains("-"), !text.contains("_") else { return nil }
        return Base64URL.decode(
            text.utf8.map { byte in
                switch byte {
                case UInt8(ascii: "+"): UInt8(ascii: "-")
                case UInt8(ascii: "/"): UInt8(ascii: "_")
                default: byte
                }
            })
    }
}
