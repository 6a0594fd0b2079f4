import GatewayCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Where finished access-log lines go: a file descriptor, written by a thread of its own, so that a slow disk
/// or a full pipe never stops an event loop. Lines that find the bound full, or a descriptor that takes
/// nothing, are dropped and counted; once lines can be written again, a line says how many were lost.
package final class AccessLogSink: Sendable {
    private struct State {
        var pending: [[UInt8]] = []
        var pendingBytes = 0
        var dropped = 0
        var isClosed = false
        var isWriting = false
    }

    private let state = Mutex(State())
    private let wakeUps = ThreadSignal()
    private let descriptor: Int32
    private let bound: Int

    /// Writes to `descriptor`, which stays the caller's. At most `bound` bytes wait.
    package init(descriptor: Int32, bound: Int = 8 << 20) {
        self.descriptor = descriptor
        self.bound = bound
        let thread = ThreadSignal.detach { [self] in run() }
        precondition(thread, "the access log's thread could not be started")
    }

    /// Lines that were dropped because nobody took them in time, or at all.
    package var dropped: Int { state.withLock { $0.dropped } }

    /// Takes whole lines; never blocks.
    package func write(_ lines: [UInt8]) {
        let isAccepted = state.withLock { state in
            guard !state.isClosed, state.pendingBytes + lines.count <= bound else {
                state.dropped += lines.count(where: { $0 == ASCII.lf })
                return false
            }
            state.pending.append(lines)
            state.pendingBytes += lines.count
            return true
        }
        if isAccepted { wakeUps.signal() }
    }

    /// Takes no more lines; returns when those that were taken are written, or after two seconds.
    package func close() {
        state.withLock { $0.isClosed = true }
        wakeUps.signal()
        let deadline = Clock.monotonic + 2_000_000_000
        while Clock.monotonic < deadline {
            if state.withLock({ $0.pending.isEmpty && !$0.isWriting }) { return }
            usleep(2_000)
        }
    }

    private func run() {
        var writer = LineWriter(descriptor: descriptor)
        while true {
            let batch = state.withLock { state in
                let batch = state.pending
                state.pending = []
                state.pendingBytes = 0
                state.isWriting = !batch.isEmpty
                return batch
            }
            for lines in batch {
                let lost = writer.write(lines, dropped: dropped)
                if lost > 0 { state.withLock { $0.dropped += lost } }
            }
            let isOver = state.withLock { state in
                state.isWriting = false
                return state.isClosed && state.pending.isEmpty
            }
            if isOver { return }
            if batch.isEmpty { wakeUps.wait() }
        }
    }
}

/// Puts whole lines on a descriptor that may refuse them, and keeps what is written readable: a line that was
/// cut off never runs into the next one.
private struct LineWriter {
    private let descriptor: Int32
    /// Dropped lines that a line has told of.
    private var reported = 0
    /// The last that was written is a part of a line.
    private var isMidLine = false

    /// Milliseconds that a reader of the log may take nothing before what waits is given up.
    private static let patience: Int32 = 5_000

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Writes `lines`, and before them how many were dropped since that was last said; `dropped` is how many
    /// there are in all. Answers how many of `lines` are lost.
    mutating func write(_ lines: [UInt8], dropped: Int) -> Int {
        if isMidLine {
            guard put([ASCII.lf]) == 1 else { return Self.count(lines[...]) }
            isMidLine = false
        }
        if dropped > reported {
            let report = Self.report(dropped - reported)
            let written = put(report)
            isMidLine = 0 < written && written < report.count
            guard written == report.count else { return Self.count(lines[...]) }
            reported = dropped
        }
        let written = put(lines)
        guard written < lines.count else { return 0 }
        isMidLine = written > 0 && lines[written - 1] != ASCII.lf
        return Self.count(lines[written...])
    }

    private static func count(_ lines: ArraySlice<UInt8>) -> Int { lines.count(where: { $0 == ASCII.lf }) }

    private static func report(_ lost: Int) -> [UInt8] {
        let now = Clock.now
        var millis = String(now.milliseconds % 1_000)
        while millis.count < 3 { millis = "0" + millis }
        let time = "\(CalendarText.dateAndTime(now.seconds)).\(millis)Z"
        let line =
            "{\"time\":\"\(time)\",\"level\":\"warning\",\"message\":\"log lines were lost\",\"lines\":\"\(lost)\"}\n"
        return Array(line.utf8)
    }

    /// Bytes that were written.
    private func put(_ lines: [UInt8]) -> Int {
        var offset = 0
        while offset < lines.count {
            // SAFETY: the pointer is used within the closure, for exactly the bytes that remain.
            let count = lines.withUnsafeBytes { bytes -> Int in
                guard let base = bytes.baseAddress else { return 0 }
                return Glibc.write(descriptor, base + offset, lines.count - offset)
            }
            if count <= 0 {
                if count < 0, errno == EINTR { continue }
                if count < 0, errno == EAGAIN {
                    // Whoever gave us the descriptor made it non-blocking; this thread has the time to wait.
                    var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    if poll(&waiting, 1, Self.patience) > 0 { continue }
                }
                return offset
            }
            offset += count
        }
        return offset
    }
}
