import Foundation
import GatewayCore

#if canImport(Glibc)
    import Glibc
#endif

/// The operator's key for second factors: a file that all gateways of one Redis have alike.
enum SecondFactorKey {
    /// The longest file that is read, in bytes.
    static let longest = 4_096

    /// What the file holds. Refuses one that is no plain file, that everybody may read or write, or that is
    /// shorter than 32 bytes or longer than 4 KiB.
    static func load(_ path: String) throws(CommandFailure) -> SecretBytes {
        func failure(_ what: String) -> CommandFailure {
            .refused("login.second-factor.key-file: \(path) \(what)")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure("cannot be read: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw failure("is not a file")
        }
        guard status.st_mode & 0o037 == 0 else {
            throw failure("may be used by others: its mode must be 0640 or less")
        }
        var bytes = [UInt8](repeating: 0, count: longest + 1)
        defer { SecretBytes.wipe(&bytes) }
        let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count >= SecondFactorVault.shortestKey else {
            throw failure("holds less than \(SecondFactorVault.shortestKey) bytes")
        }
        guard count <= longest else { throw failure("holds more than \(longest) bytes") }
        return SecretBytes(copying: bytes[..<count])
    }
}

extension SecondFactorPolicy {
    /// As the settings have it. Reads the key file.
    init(_ settings: Settings) throws(CommandFailure) {
        var key: SecretBytes?
        if let path = settings.login.secondFactor.keyFile { key = try SecondFactorKey.load(path) }
        self.init(
            requiredFor: Set(settings.login.secondFactor.requiredFor),
            vault: SecondFactorVault(keyMaterial: key), issuer: settings.issuer,
            window: Int64(settings.login.secondFactor.window))
    }
}
