import CHiredis
import NIOCore

/// A command and its arguments, for everything but the two hot ones.
struct RedisCommand: Sendable {
    private(set) var words: [String]
    /// The script that it runs, if it runs one by its digest.
    let script: RedisScript?

    init(_ words: String...) {
        self.words = words
        script = nil
    }

    init(words: [String]) {
        self.words = words
        script = nil
    }

    /// Runs a script that the server is taken to know.
    init(_ script: RedisScript, keys: [String], _ arguments: [String]) {
        words = ["EVALSHA", script.digest, String(keys.count)] + keys + arguments
        self.script = script
    }

    /// The same command with the whole script, for a server that has forgotten it.
    var evaluated: RedisCommand {
        guard let script else { return self }
        var copy = self
        copy.words.replaceSubrange(0..<2, with: ["EVAL", script.source])
        return copy
    }

    /// What faults may say of it: never a key or a value.
    var name: String { script?.name ?? words[0] }

    /// Appends the command as RESP, through hiredis's formatter. That allocates the formatted command, which
    /// a login does not notice; what every request sends is written by `HotCommands`.
    func write(to buffer: inout ByteBuffer) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(words.reduce(0) { $0 + $1.utf8.count })
        for word in words { bytes.append(contentsOf: word.utf8) }
        let lengths = words.map(\.utf8.count)
        bytes.withUnsafeBytes { all in
            // An empty command would have no address to point at; none is.
            guard let base = all.baseAddress?.assumingMemoryBound(to: CChar.self) else { return }
            var start = base
            // SAFETY: every pointer lies within `bytes`, which outlives the call that reads them.
            var pointers = lengths.map { length -> UnsafePointer<CChar>? in
                defer { start += length }
                return start
            }
            var formatted: UnsafeMutablePointer<CChar>?
            let count = redisFormatCommandArgv(&formatted, Int32(words.count), &pointers, lengths)
            guard count > 0, let formatted else { return }
            buffer.writeBytes(UnsafeRawBufferPointer(start: formatted, count: Int(count)))
            redisFreeCommand(formatted)
        }
    }
}
