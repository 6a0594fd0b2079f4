import Foundation

/// Why an assertion is not believed. Callers are told 401 whichever it is; operators see which.
public enum AssertionFault: Error, Sendable, Hashable {
    /// Not three base64url parts of JSON with the header and the claims that the gateway writes, or too long.
    case malformed
    /// Any algorithm but `EdDSA`, `none` included.
    case unsupportedAlgorithm
    /// No trusted key has this ID. The key set may have been refreshed since it was fetched.
    case unknownKey(id: String)
    case badSignature
    /// Meant for another upstream.
    case otherAudience
    /// It has ended, or was made to live longer than `IdentityAssertion.longestLifetime`.
    case expired
    case lifetimeTooLong
    /// Issued in the future.
    case notYetValid
}

/// Decides whether an `X-Fillgate-Assertion` is believed.
///
/// The header is read strictly before any key is touched: exactly one algorithm is acceptable and the key is
/// the one that the token names (RFC 8725 §3.1), never one that happens to fit.
public struct AssertionVerifier: Sendable {
    /// The longest token that is looked at, in bytes; the gateway's own are below 1 KiB.
    public static let longestToken = 8192
    /// How far the clocks of gateway and service may differ, in seconds.
    public static let clockLeeway: Int64 = 5

    /// What `aud` has to be.
    public let audience: String

    public init(audience: String) { self.audience = audience }

    /// The claims of `token` if `keys` vouch for it and it is meant for us at `now`.
    ///
    /// - Parameter now: Seconds since 1970 UTC.
    public func verify(
        _ token: some Collection<UInt8>, with keys: TrustedKeys, now: Int64
    ) async throws(AssertionFault) -> IdentityAssertion {
        guard token.count <= Self.longestToken else { throw .malformed }
        let token = Array(token)
        let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), Base64URL.decode(parts[1]) != nil,
            Base64URL.decode(parts[2]) != nil,
            let fields = try? JSONDecoder().decode(Header.self, from: Data(header))
        else { throw .malformed }
        guard fields.alg == "EdDSA" else { throw .unsupportedAlgorithm }
        // An extension that must be understood (RFC 7515 §4.1.11) is one that we do not understand.
        guard !fields.isCritical, let keyID = fields.kid, keyID.utf8.count <= TrustedKeys.longestKeyID else {
            throw .malformed
        }
        guard keys.keyIDs.contains(keyID) else { throw .unknownKey(id: keyID) }
        let claims = try await keys.claims(of: token)
        try check(claims, now: now)
        return claims
    }

    private func check(_ claims: IdentityAssertion, now: Int64) throws(AssertionFault) {
        guard claims.aud == audience else { throw .otherAudience }
        guard !claims.sub.isEmpty else { throw .malformed }
        let (lifetime, overflows) = claims.exp.subtractingReportingOverflow(claims.iat)
        guard !overflows, lifetime >= 0, lifetime <= IdentityAssertion.longestLifetime else {
            throw .lifetimeTooLong
        }
        guard now < claims.exp.addingClamped(Self.clockLeeway) else { throw .expired }
        guard claims.iat <= now.addingClamped(Self.clockLeeway) else { throw .notYetValid }
    }

    private struct Header: Decodable {
        let alg: String
        let kid: String?
        let isCritical: Bool

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Names.self)
            alg = try container.decode(String.self, forKey: .alg)
            kid = try container.decodeIfPresent(String.self, forKey: .kid)
            isCritical = container.contains(.crit)
        }

        private enum Names: String, CodingKey { case alg, kid, crit }
    }
}

extension Int64 {
    fileprivate func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other < 0 ? .min : .max) : sum
    }
}
