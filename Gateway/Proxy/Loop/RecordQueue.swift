import GatewayCore

#if canImport(Glibc)
    import Glibc
#endif

/// One event loop's records of requests, until the next command to the store takes them along.
struct RecordQueue {
    var settings: RecordSettings {
        didSet { threshold = Self.threshold(settings.sample) }
    }
    /// Records that were handed on, and that were dropped because there were too many in one second.
    private(set) var kept = 0
    private(set) var dropped = 0
    private var waiting: [RequestRecord] = []
    private var left: Int
    private var refilledAt: UInt64 = 0
    private var threshold: UInt64
    /// `HOST:PID/LOOP`.
    let worker: String

    init(_ settings: RecordSettings, loop: Int) {
        self.settings = settings
        left = settings.perSecond
        threshold = Self.threshold(settings.sample)
        worker = "\(Self.process)/\(loop)"
    }

    /// Whether a request that was answered as usual leaves a record; `random` is any number.
    func samples(_ random: UInt64) -> Bool { random < threshold }

    /// Whether one more record may be made; it is counted either way, and must then be appended.
    mutating func admits() -> Bool {
        guard left > 0 else {
            dropped += 1
            return false
        }
        left -= 1
        kept += 1
        return true
    }

    mutating func append(_ record: RequestRecord) { waiting.append(record) }

    /// Takes what waits; nil where nothing does.
    mutating func take() -> [RequestRecord]? {
        guard !waiting.isEmpty else { return nil }
        defer { waiting = [] }
        return waiting
    }

    /// Grants a new second's records once the last is over; answers whether it is.
    mutating func refill(now: UInt64) -> Bool {
        guard now >= refilledAt + 1_000_000_000 else { return false }
        refilledAt = now
        left = settings.perSecond
        return true
    }

    private static func threshold(_ share: Double) -> UInt64 {
        share >= 1 ? .max : UInt64(max(0, share) * 18_446_744_073_709_549_568)
    }

    /// `HOST:PID`.
    static let process: String = {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return "\(String(decoding: bytes, as: UTF8.self)):\(getpid())"
    }()
}
