import Crypto
import Foundation
import JWTKit
import ServiceCore
import Testing

@Suite("Assertions")
struct AssertionVerifierTests {
    private static let now: Int64 = 1_763_755_200
    private let key = AssertionSigningKey(Curve25519.Signing.PrivateKey())
    private let verifier = AssertionVerifier(audience: "scheduler")

    private func claims(
        aud: String = "scheduler", sub: String = "user-1", iat: Int64 = now, exp: Int64 = now + 60
    ) -> IdentityAssertion {
        IdentityAssertion(
            iss: "gateway-1", aud: aud, sub: sub, email: "anna@example.com", roles: ["user"], sid: "s-1",
            iat: iat, exp: exp, jti: "request-0001")
    }

    private func keySet(_ keys: AssertionSigningKey...) async throws -> TrustedKeys {
        try await TrustedKeys(json: JSONEncoder().encode(JSONWebKeySet(keys: keys.map(\.publicKey))))
    }

    /// What `token` is refused for, or nil if it is believed.
    private func fault(
        _ token: [UInt8], keys: TrustedKeys? = nil, at now: Int64 = now
    ) async throws -> AssertionFault? {
        let trusted = if let keys { keys } else { try await keySet(key) }
        do {
            _ = try await verifier.verify(token, with: trusted, now: now)
            return nil
        } catch { return error }
    }

    /// A token of ours with any header over any payload, signed properly by `key`.
    private func token(header: String, payload: some Collection<UInt8>) throws -> [UInt8] {
        let signer = Curve25519.Signing.PrivateKey.self
        let privateKey = try signer.init(rawRepresentation: key.rawRepresentation)
        let signed = Base64URL.encode(header.utf8) + [UInt8(ascii: ".")] + Base64URL.encode(payload)
        return try signed + [UInt8(ascii: ".")] + Base64URL.encode(privateKey.signature(for: signed))
    }

    @Test("what the gateway signs, the verifier believes, claim for claim")
    func roundTrip() async throws {
        let claims = claims()
        let verified = try await verifier.verify(key.sign(claims), with: keySet(key), now: Self.now)
        #expect(verified == claims)
    }

    @Test("what the gateway signs verifies with JWTKit's own collection and key set reader")
    func interoperates() async throws {
        struct Payload: JWTPayload {
            var aud: String
            var sub: String
            var exp: ExpirationClaim
            func verify(using algorithm: some JWTAlgorithm) async throws {
                try exp.verifyNotExpired(
                    currentDate: Date(timeIntervalSince1970: TimeInterval(AssertionVerifierTests.now)))
            }
        }
        let document = try JSONEncoder().encode(JSONWebKeySet(keys: [key.publicKey]))
        let collection = try await JWTKeyCollection().add(jwksJSON: String(decoding: document, as: UTF8.self))
        let payload = try await collection.verify(key.sign(claims()), as: Payload.self)
        #expect(payload.aud == "scheduler")
        #expect(payload.sub == "user-1")
    }

    @Test("the key is the one that the token names, also while two are active")
    func rotation() async throws {
        let next = AssertionSigningKey(Curve25519.Signing.PrivateKey())
        let both = try await keySet(key, next)
        #expect(try await fault(key.sign(claims()), keys: both) == nil)
        #expect(try await fault(next.sign(claims()), keys: both) == nil)
    }

    @Test("an assertion signed by another key is refused, whether it names that key or ours")
    func otherKey() async throws {
        let other = AssertionSigningKey(Curve25519.Signing.PrivateKey())
        #expect(try await fault(other.sign(claims())) == .unknownKey(id: other.keyID))

        let payload = try JSONEncoder().encode(claims())
        let header = #"{"alg":"EdDSA","kid":"\#(key.keyID)","typ":"JWT"}"#
        let privateKey = try Curve25519.Signing.PrivateKey(rawRepresentation: other.rawRepresentation)
        let signed = Base64URL.encode(header.utf8) + [UInt8(ascii: ".")] + Base64URL.encode(payload)
        let forged = try signed + [UInt8(ascii: ".")] + Base64URL.encode(privateKey.signature(for: signed))
        #expect(try await fault(forged) == .badSignature)
    }

    @Test("no byte of an assertion can be changed, dropped or added")
    func tampering() async throws {
        let keys = try await keySet(key)
        let token = try key.sign(claims())
        for index in token.indices {
            var changed = token
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(try await fault(changed, keys: keys) != nil, "byte \(index) changed")
        }
        #expect(try await fault(token.dropLast(), keys: keys) != nil)
        #expect(try await fault(token + [UInt8(ascii: "A")], keys: keys) != nil)
        #expect(try await fault(token + [UInt8(ascii: "=")], keys: keys) == .malformed)
        #expect(try await fault(token + [UInt8(ascii: ".")], keys: keys) == .malformed)
    }

    @Test("it ends with exp, give or take the leeway between two clocks")
    func expiry() async throws {
        let token = try key.sign(claims(iat: Self.now, exp: Self.now + 60))
        let last = Self.now + 60 + AssertionVerifier.clockLeeway - 1
        #expect(try await fault(token, at: last) == nil)
        #expect(try await fault(token, at: last + 1) == .expired)
    }

    @Test("one from the future is refused beyond the leeway")
    func future() async throws {
        let token = try key.sign(claims(iat: Self.now, exp: Self.now + 60))
        let first = Self.now - AssertionVerifier.clockLeeway
        #expect(try await fault(token, at: first) == nil)
        #expect(try await fault(token, at: first - 1) == .notYetValid)
    }

    @Test("a lifetime of 60 s is accepted, 61 s and every impossible one are not")
    func lifetime() async throws {
        #expect(try await fault(key.sign(claims(iat: Self.now, exp: Self.now + 60))) == nil)
        #expect(try await fault(key.sign(claims(iat: Self.now, exp: Self.now + 61))) == .lifetimeTooLong)
        #expect(try await fault(key.sign(claims(iat: Self.now, exp: Self.now - 1))) == .lifetimeTooLong)
        #expect(try await fault(key.sign(claims(iat: .min, exp: .max))) == .lifetimeTooLong)
        #expect(try await fault(key.sign(claims(iat: .max, exp: .max))) == .notYetValid)
        #expect(try await fault(key.sign(claims(iat: .min, exp: .min))) == .expired)
    }

    @Test("one for another audience is refused, and so is one about nobody")
    func audienceAndSubject() async throws {
        #expect(try await fault(key.sign(claims(aud: "reports"))) == .otherAudience)
        #expect(try await fault(key.sign(claims(aud: "Scheduler"))) == .otherAudience)
        #expect(try await fault(key.sign(claims(sub: ""))) == .malformed)
    }

    @Test(
        "EdDSA is the only algorithm: none, HS256 and every spelling of them are refused unseen",
        arguments: ["none", "None", "HS256", "RS256", "ES256", "eddsa", "EDDSA", ""])
    func algorithms(name: String) async throws {
        let header = #"{"alg":"\#(name)","kid":"\#(key.keyID)","typ":"JWT"}"#
        let payload = try JSONEncoder().encode(claims())
        #expect(try await fault(token(header: header, payload: payload)) == .unsupportedAlgorithm)
        let unsigned =
            Base64URL.encode(header.utf8) + [UInt8(ascii: ".")] + Base64URL.encode(payload) + [
                UInt8(ascii: ".")
            ]
        #expect(try await fault(unsigned) == .unsupportedAlgorithm)
    }

    @Test("an HMAC under the public key, which everybody knows, is refused")
    func algorithmConfusion() async throws {
        let header = #"{"alg":"HS256","kid":"\#(key.keyID)","typ":"JWT"}"#
        let signed =
            try Base64URL.encode(header.utf8) + [UInt8(ascii: ".")]
            + Base64URL.encode(JSONEncoder().encode(claims()))
        let secret = SymmetricKey(data: try #require(Base64URL.decode(key.publicKey.x.utf8)))
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: secret)
        let forged = signed + [UInt8(ascii: ".")] + Base64URL.encode(code)
        #expect(try await fault(forged) == .unsupportedAlgorithm)
    }

    @Test("a header without a key ID, or with an extension that must be understood, is refused")
    func headers() async throws {
        let payload = try JSONEncoder().encode(claims())
        #expect(
            try await fault(token(header: #"{"alg":"EdDSA","typ":"JWT"}"#, payload: payload)) == .malformed)
        let critical = #"{"alg":"EdDSA","kid":"\#(key.keyID)","crit":["b64"],"b64":false}"#
        #expect(try await fault(token(header: critical, payload: payload)) == .malformed)
    }

    @Test("a signed payload that lacks a claim is refused")
    func missingClaims() async throws {
        let header = #"{"alg":"EdDSA","kid":"\#(key.keyID)","typ":"JWT"}"#
        for payload in ["{}", "[]", "7", "", #"{"aud":"scheduler","sub":"u","exp":9999999999}"#] {
            #expect(try await fault(token(header: header, payload: Array(payload.utf8))) == .malformed)
        }
    }

    @Test(
        "garbage is malformed, and so is anything over the length limit",
        arguments: ["", ".", "..", "a.b.c", "a.b", "x"])
    func garbage(text: String) async throws {
        #expect(try await fault(Array(text.utf8)) == .malformed)
        let long = Array(repeating: UInt8(ascii: "A"), count: AssertionVerifier.longestToken + 1)
        #expect(try await fault(long) == .malformed)
    }

    @Test("a key set may hold keys of other kinds, but not only those, nor a broken one of ours")
    func keySets() async throws {
        let ours = try String(decoding: JSONEncoder().encode(key.publicKey), as: UTF8.self)
        let other = #"{"kty":"RSA","kid":"r","n":"AQAB","e":"AQAB"},{"kty":7},"odd""#
        let mixed = try await TrustedKeys(json: Data(#"{"keys":[\#(other),\#(ours)]}"#.utf8))
        #expect(mixed.keyIDs == [key.keyID])
        #expect(try await fault(key.sign(claims()), keys: mixed) == nil)

        await #expect(throws: TrustedKeysFault.noUsableKey) {
            try await TrustedKeys(json: Data(#"{"keys":[\#(other)]}"#.utf8))
        }
        await #expect(throws: TrustedKeysFault.notAKeySet) { try await TrustedKeys(json: Data("[]".utf8)) }
        await #expect(throws: TrustedKeysFault.badKey(id: "k")) {
            try await TrustedKeys(
                json: Data(#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"AAAA"}]}"#.utf8))
        }
    }

    @Test("a signing key does not print itself")
    func redaction() {
        #expect("\(key)" == "AssertionSigningKey(\(key.keyID), redacted)")
    }
}
