import Crypto
import Foundation
import GatewayCore
import ServiceCore

/// The keys with which this worker signs assertions, kept in its data directory: 32 bytes a file, mode 0600.
///
/// The first signs. A second one is published beside it while keys rotate, so that upstreams know it before
/// it signs.
struct SigningKeys: Sendable {
    /// At least one; the first signs.
    let active: [AssertionSigningKey]

    /// The files of the keys, in the order of signing. The first is made when it is missing.
    static let fileNames = ["signing-key.ed25519", "signing-key.next.ed25519"]

    var signing: AssertionSigningKey { active[0] }
    /// Which keys they are, in their order.
    var names: [String] { active.map(\.keyID) }
    var publicKeys: [JSONWebKey] { active.map(\.publicKey) }
    var published: [PublishedKey] { publicKeys.map { PublishedKey(keyID: $0.kid, x: $0.x) } }

    /// Reads the keys of `directory`; makes the directory (mode 0700) and the first key where they are
    /// missing.
    ///
    /// Refuses a directory that cannot be used, a file that is not a key, and one that others may read:
    /// whoever has it speaks for every user.
    init(directory: String) throws(CommandFailure) {
        try Self.makeDirectory(directory)
        var keys: [AssertionSigningKey] = []
        for (index, name) in Self.fileNames.enumerated() {
            let path = "\(directory)/\(name)"
            var key = try Self.read(path)
            if key == nil, index == 0 {
                try Self.make(path, in: directory)
                key = try Self.read(path)
                guard key != nil else { throw .refused("the signing key '\(path)' went away as it was made") }
            }
            if let key { keys.append(key) }
        }
        active = keys
    }

    private static func makeDirectory(_ path: String) throws(CommandFailure) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .refused("the data directory '\(path)' cannot be made; is its parent yours to write to?")
        }
    }

    /// Nil where there is no such file.
    private static func read(_ path: String) throws(CommandFailure) -> AssertionSigningKey? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .refused("the signing key '\(path)' cannot be read: \(String(cString: strerror(errno)))")
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .refused("the signing key '\(path)' is not a file")
        }
        guard status.st_mode & 0o077 == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw .refused("the signing key '\(path)' has mode 0\(mode): others may use it; make it 0600")
        }
        guard let bytes = try? file.read(upToCount: 33), bytes.count == 32,
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes)
        else {
            throw .refused("'\(path)' is not a signing key (32 bytes); move it away to have a new one made")
        }
        return AssertionSigningKey(key)
    }

    /// Makes a key under a name of its own and links it to `path`, so that of two workers that start at once
    /// on one directory both use the same key, and none ever reads half of one.
    private static func make(_ path: String, in directory: String) throws(CommandFailure) {
        var name = Array("\(directory)/.signing-key.XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else {
            throw .refused(
                "the data directory '\(directory)' cannot be written to: \(String(cString: strerror(errno)))")
        }
        defer {
            close(descriptor)
            unlink(name)
        }
        let bytes = Array(Curve25519.Signing.PrivateKey().rawRepresentation)
        guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw .refused("the data directory '\(directory)' is full, or cannot be written to")
        }
        guard link(name, path) == 0 || errno == EEXIST else {
            throw .refused("the signing key '\(path)' cannot be made: \(String(cString: strerror(errno)))")
        }
        let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }
}
