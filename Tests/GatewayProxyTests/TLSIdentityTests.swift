import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Files of TLS")
struct TLSIdentityTests {
    private let folder: TemporaryFolder
    private let pair: TestCertificate

    init() throws {
        folder = try TemporaryFolder()
        pair = try TestCertificate.make("server", in: folder, days: 20)
    }

    private func fault(_ change: (inout TLSSettings) throws -> Void) throws -> TLSFault? {
        var settings = TLSSettings(certificate: pair.certificate, key: pair.key)
        try change(&settings)
        do throws(TLSFault) { _ = try TLSIdentity(settings, http2: true) } catch { return error }
        return nil
    }

    @Test("a pair loads, and its dates say how it stands")
    func dates() throws {
        let identity = try TLSIdentity(
            TLSSettings(certificate: pair.certificate, key: pair.key), http2: true)
        let now = Clock.now
        let day = 86_400
        #expect(identity.standing(at: now) == .valid)
        #expect(identity.standing(at: now + .seconds(5 * day)) == .valid)
        #expect(identity.standing(at: now + .seconds(7 * day)) == .soon)
        #expect(identity.standing(at: now + .seconds(21 * day)) == .expired)
        #expect(identity.standing(at: Timestamp(seconds: identity.validFrom.seconds - 1)) == .early)
    }

    @Test("what cannot be used is refused, with the file that is to blame")
    func faults() throws {
        let other = try TestCertificate.make("other", in: folder)
        let nonsense = try folder.write(Data("nonsense".utf8), to: "nonsense")
        chmod(nonsense, 0o600)
        func check(
            _ part: TLSFault.Part, _ reason: TLSFault.Reason,
            _ change: (inout TLSSettings) throws -> Void
        ) throws {
            let found = try fault(change)
            #expect(found?.part == part && found?.reason == reason, "\(String(describing: found))")
        }
        try check(.certificate, .unreadable("No such file or directory")) { $0.certificate += ".none" }
        try check(.certificate, .notAFile) { $0.certificate = folder.path }
        try check(.certificate, .noCertificate) { $0.certificate = nonsense }
        try check(.certificate, .noCertificate) { $0.certificate = pair.key }
        try check(.key, .noKey) { $0.key = nonsense }
        try check(.key, .keyDoesNotMatch(certificate: pair.certificate)) { $0.key = other.key }
        try check(.clientCA, .noCertificate) {
            $0.clientCA = nonsense
            $0.clientCertificate = .required
        }
        let long = try folder.write(Data(count: (1 << 20) + 1), to: "long")
        try check(.certificate, .tooLong) { $0.certificate = long }
    }

    @Test(
        "a key that others could read or change is refused; one that a group may read is not",
        arguments: [
            (0o600, true), (0o400, true), (0o640, true), (0o644, false), (0o660, false), (0o604, false),
        ])
    func modes(_ mode: mode_t, _ isFine: Bool) throws {
        #expect(chmod(pair.key, mode) == 0)
        #expect(try fault { _ in }?.reason == (isFine ? nil : .open(mode: mode)))
    }
}
