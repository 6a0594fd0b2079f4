import Foundation

/// A certificate with its key in PEM files, made by the `openssl` of the system when a test asks for it.
package struct TestCertificate: Sendable {
    package let certificate: String
    package let key: String

    /// A certificate of its own authority for `gate.test` and 127.0.0.1.
    package static func make(
        _ name: String, in folder: TemporaryFolder, days: Int = 30
    ) throws -> TestCertificate {
        let made = TestCertificate(certificate: folder.file("\(name).crt"), key: folder.file("\(name).key"))
        try openssl(
            ["req", "-x509"] + newKey
                + [
                    "-keyout", made.key, "-out", made.certificate, "-days", "\(days)", "-subj", "/CN=\(name)",
                    "-addext", "subjectAltName=DNS:gate.test,IP:127.0.0.1",
                ])
        try restrict(made.key)
        return made
    }

    /// A certificate that this one vouches for.
    package func sign(_ name: String, in folder: TemporaryFolder) throws -> TestCertificate {
        let made = TestCertificate(certificate: folder.file("\(name).crt"), key: folder.file("\(name).key"))
        let request = folder.file("\(name).csr")
        try Self.openssl(
            ["req", "-new"] + Self.newKey + ["-keyout", made.key, "-out", request, "-subj", "/CN=\(name)"])
        try Self.openssl([
            "x509", "-req", "-in", request, "-CA", certificate, "-CAkey", key, "-CAcreateserial", "-out",
            made.certificate, "-days", "30",
        ])
        try Self.restrict(made.key)
        return made
    }

    private static let newKey = [
        "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
    ]

    private static func restrict(_ path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }

    /// Runs `openssl`; throws what it says where it fails.
    package static func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let said = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw DeadlineExceeded("openssl \(arguments): \(String(decoding: said, as: UTF8.self))")
        }
    }
}
