/// What became of one request, for whoever is asked about its ID: no credential, no query, no body.
package struct RequestRecord: Sendable, Hashable {
    package var id: String
    package var time: Timestamp
    /// Which process and event loop: `HOST:PID/LOOP`.
    package var worker: String
    package var address: String
    package var user: String?
    package var method: String
    /// Without the query; at most `longestPath` bytes of it.
    package var path: String
    package var version: String
    package var route: String
    package var upstream: String?
    package var status: Int
    /// The refusal's word, or how the request ended; nil where it was answered.
    package var code: String?
    /// The limit that was the reason.
    package var policy: String?
    /// Bytes sent to the client.
    package var bytes: Int
    /// Microseconds.
    package var total: Int64
    package var upstreamTime: Int64
    package var storeTime: Int64

    package static let longestPath = 256

    package init(
        id: String, time: Timestamp, worker: String, address: String, user: String?, method: String,
        path: String, version: String, route: String, upstream: String?, status: Int, code: String?,
        policy: String?, bytes: Int, total: Int64, upstreamTime: Int64, storeTime: Int64
    ) {
        self.id = id
        self.time = time
        self.worker = worker
        self.address = address
        self.user = user
        self.method = method
        self.path = path
        self.version = version
        self.route = route
        self.upstream = upstream
        self.status = status
        self.code = code
        self.policy = policy
        self.bytes = bytes
        self.total = total
        self.upstreamTime = upstreamTime
        self.storeTime = storeTime
    }
}

extension RequestRecord {
    /// The record as the store keeps it: its format, then a field a line, an empty one for what there is not.
    /// Written by hand, as one request in a hundred leaves one.
    package var text: String {
        var text = "1"
        func field(_ value: String) {
            text.append("\n")
            guard value.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F }) else { return text.append(value) }
            for scalar in value.unicodeScalars {
                text.unicodeScalars.append(scalar.properties.generalCategory == .control ? "?" : scalar)
            }
        }
        for value in [id, worker, address, user ?? "", method, path, version, route, upstream ?? ""] {
            field(value)
        }
        field(code ?? "")
        field(policy ?? "")
        for number in [
            time.microseconds, Int64(status), Int64(bytes), total, upstreamTime, storeTime,
        ] {
            field(String(number))
        }
        return text
    }

    /// Reads what `text` writes; nil for anything else.
    package init?(_ text: String) {
        let fields = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 18, fields[0] == "1" else { return nil }
        let numbers = fields[12...].compactMap { Int64($0) }
        guard numbers.count == 6 else { return nil }
        func optional(_ field: String) -> String? { field.isEmpty ? nil : field }
        self.init(
            id: fields[1], time: Timestamp(microseconds: numbers[0]), worker: fields[2], address: fields[3],
            user: optional(fields[4]), method: fields[5], path: fields[6], version: fields[7],
            route: fields[8], upstream: optional(fields[9]), status: Int(numbers[1]),
            code: optional(fields[10]), policy: optional(fields[11]), bytes: Int(numbers[2]),
            total: numbers[3], upstreamTime: numbers[4], storeTime: numbers[5])
    }
}

/// How many records there may be, and for how long.
package struct RecordBounds: Sendable, Hashable {
    package var lifetime: Duration
    package var count: Int
    /// Of the records themselves; what Redis needs to find them comes on top.
    package var bytes: Int

    package init(lifetime: Duration = .seconds(86_400), count: Int = 100_000, bytes: Int = 64 << 20) {
        self.lifetime = lifetime
        self.count = count
        self.bytes = bytes
    }
}

/// Which requests leave a record.
package struct RecordSettings: Sendable, Hashable {
    package var bounds: RecordBounds
    /// The share of the requests that were answered as usual, 0 to 1. Refusals and failures all leave one.
    package var sample: Double
    /// Records that one event loop writes a second; beyond it they are counted and dropped, so that a flood of
    /// refusals costs Redis no more than this.
    package var perSecond: Int

    package init(bounds: RecordBounds = RecordBounds(), sample: Double = 0.01, perSecond: Int = 100) {
        self.bounds = bounds
        self.sample = sample
        self.perSecond = perSecond
    }
}
