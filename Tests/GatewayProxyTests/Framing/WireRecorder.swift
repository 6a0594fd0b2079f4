import Synchronization
import TestSupport

/// What an upstream heard, byte for byte: whole requests in the order of their arrival, and what was left on
/// connections that ended. It answers each whole request at once, saying which.
final class WireRecorder: Sendable {
    struct Heard: Sendable {
        var requests: [WireMessage] = []
        /// What was left when a connection ended.
        var unfinished: [[UInt8]] = []
        var faults: [String] = []
    }

    private let heard = Mutex(Heard())

    /// What was heard since it was asked last.
    func take() -> Heard {
        heard.withLock { heard in
            defer { heard = Heard() }
            return heard
        }
    }

    /// Listens to one connection until it ends.
    func serve(_ socket: RawSocket) throws {
        var bytes: [UInt8] = []
        defer { if !bytes.isEmpty { heard.withLock { $0.unfinished.append(bytes) } } }
        do {
            while true {
                let more = try socket.readSome()
                guard !more.isEmpty else { return }
                bytes += more
                while let request = try WireMessage(takenFrom: &bytes) {
                    heard.withLock { $0.requests.append(request) }
                    try socket.send(
                        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Seen: \(request.target)\r\n\r\n")
                }
            }
        } catch let fault as WireMessage.Fault {
            heard.withLock { $0.faults.append("\(fault): \(WireMessage.text(bytes).debugDescription)") }
        }
    }
}
