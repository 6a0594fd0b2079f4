import SchedulingCore

/// The fields of a `multipart/form-data` body (RFC 7578, RFC 2046 §5.1) that is held whole.
struct MultipartForm {
    /// One field: a text or a file, its bytes as they came.
    struct Field {
        var name: String
        var bytes: ArraySlice<UInt8>
    }

    /// The most fields of a form.
    static let fieldLimit = 16
    /// The longest head of a field, in bytes.
    static let headLimit = 8 << 10
    /// The longest boundary (RFC 2046 §5.1.1).
    static let boundaryLimit = 70

    /// In the order in which they came; no name twice.
    private(set) var fields: [Field] = []

    subscript(name: String) -> ArraySlice<UInt8>? { fields.first { $0.name == name }?.bytes }

    /// - Throws: one fault on the first departure from the form's grammar or from a limit.
    init(_ body: [UInt8], boundary: String) throws(InputFaults) {
        guard !boundary.isEmpty, boundary.utf8.count <= Self.boundaryLimit else {
            throw Self.fault("the boundary has to have 1 to \(Self.boundaryLimit) characters")
        }
        let delimiter = Array("\r\n--\(boundary)".utf8)
        // The first delimiter may stand at the very start, where nothing precedes its line break.
        var cursor = body[...]
        if cursor.starts(with: delimiter.dropFirst(2)) {
            cursor = cursor.dropFirst(delimiter.count - 2)
        } else {
            guard let start = Self.firstIndex(of: delimiter, in: cursor) else {
                throw Self.fault("the boundary does not occur in the body")
            }
            cursor = cursor[(start + delimiter.count)...]
        }
        while true {
            if cursor.starts(with: Array("--".utf8)) { return }
            // Transport padding, then the line break that ends the delimiter.
            cursor = cursor.drop { $0 == 0x20 || $0 == 0x09 }
            guard cursor.starts(with: [0x0D, 0x0A]) else {
                throw Self.fault("a boundary line has more on it")
            }
            cursor = cursor.dropFirst(2)
            guard let end = Self.firstIndex(of: delimiter, in: cursor) else {
                throw Self.fault("the body ends before its last boundary")
            }
            try append(cursor[..<end])
            cursor = cursor[(end + delimiter.count)...]
        }
    }

    private mutating func append(_ part: ArraySlice<UInt8>) throws(InputFaults) {
        guard fields.count < Self.fieldLimit else { throw Self.fault("more than \(Self.fieldLimit) fields") }
        let blankLine: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
        let head: ArraySlice<UInt8>
        let bytes: ArraySlice<UInt8>
        if let end = Self.firstIndex(of: blankLine, in: part) {
            head = part[..<end]
            bytes = part[(end + blankLine.count)...]
        } else {
            throw Self.fault("a field has no head")
        }
        guard head.count <= Self.headLimit, let text = String(validating: head, as: UTF8.self) else {
            throw Self.fault("the head of a field is not text of at most \(Self.headLimit) bytes")
        }
        guard let name = Self.name(in: text) else { throw Self.fault("a field has no name") }
        guard !fields.contains(where: { $0.name == name }) else {
            throw InputFaults(field: name, "the field is there twice")
        }
        fields.append(Field(name: name, bytes: bytes))
    }

    /// The `name` of the `Content-Disposition` in a field's head.
    private static func name(in head: String) -> String? {
        for line in head.split(separator: "\r\n", omittingEmptySubsequences: true) {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "content-disposition" else { continue }
            // Its grammar is that of a media type with another word in front.
            guard let disposition = MediaType("multipart/" + TextRule.trimmed(String(parts[1]))),
                disposition.name == "multipart/form-data"
            else { return nil }
            return disposition.parameters["name"]
        }
        return nil
    }

    private static func fault(_ message: String) -> InputFaults {
        InputFaults("not a valid form: \(message)")
    }

    /// Where `pattern` first occurs. Its first byte is a carriage return, which is rare enough in text that
    /// looking for it first costs one pass.
    private static func firstIndex(of pattern: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = pattern.first else { return nil }
        var rest = bytes
        while let start = rest.firstIndex(of: first) {
            if rest[start...].starts(with: pattern) { return start }
            rest = rest[(start + 1)...]
        }
        return nil
    }
}
