public import Crypto
public import Foundation

/// Who is asking, as the gateway states it to an upstream in `X-Fillgate-Assertion`: the claims of a
/// JWT (RFC 7519) signed with Ed25519 (RFC 8037).
public struct IdentityAssertion: Sendable, Hashable, Codable {
    /// The header that carries the signed statement. Whatever a client sends under it is dropped.
    public static let headerName = "X-Fillgate-Assertion"
    /// The path at which every gateway serves the public keys of all of them.
    public static let keySetPath = "/.well-known/fillgate-jwks.json"
    /// The longest that an assertion may live, in seconds. A verifier refuses a longer one.
    public static let longestLifetime: Int64 = 60

    /// The gateway that signed.
    public var iss: String
    /// The upstream that it is meant for.
    public var aud: String
    /// The user's ID.
    public var sub: String
    public var email: String
    /// `user`, and `admin` for administrators.
    public var roles: [String]
    /// The public ID of the session: derived from a hash, useless as a credential.
    public var sid: String
    /// Seconds since 1970 UTC.
    public var iat: Int64
    /// Seconds since 1970 UTC; at most `longestLifetime` after `iat`.
    public var exp: Int64
    /// The request ID.
    public var jti: String

    public init(
        iss: String, aud: String, sub: String, email: String, roles: [String], sid: String,
        iat: Int64, exp: Int64, jti: String
    ) {
        self.iss = iss
        self.aud = aud
        self.sub = sub
        self.email = email
        self.roles = roles
        self.sid = sid
        self.iat = iat
        self.exp = exp
        self.jti = jti
    }
}

/// The private half of a gateway's key and the name under which its public half is found.
public struct AssertionSigningKey: Sendable {
    /// The first 16 characters of the public key's SHA-256 in base64url.
    public let keyID: String
    private let key: Curve25519.Signing.PrivateKey
    private let encodedHeader: [UInt8]

    public init(_ key: Curve25519.Signing.PrivateKey) {
        self.key = key
        let digest = SHA256.hash(data: key.publicKey.rawRepresentation)
        keyID = String(decoding: Base64URL.encode(digest).prefix(16), as: UTF8.self)
        let header = #"{"alg":"EdDSA","kid":"\#(keyID)","typ":"JWT"}"#
        encodedHeader = Base64URL.encode(header.utf8)
    }

    /// The 32 bytes that a data directory keeps, mode 0600.
    public var rawRepresentation: Data { key.rawRepresentation }

    /// The public half as an entry of a JSON Web Key Set (RFC 7517, RFC 8037 §2).
    public var publicKey: JSONWebKey {
        let x = Base64URL.encode(key.publicKey.rawRepresentation)
        return JSONWebKey(kid: keyID, x: String(decoding: x, as: UTF8.self))
    }

    /// The compact serialization (RFC 7515 §7.1) of a payload that is already JSON.
    ///
    /// The payload comes as bytes because the gateway writes it on its hot path without an encoder.
    public func sign(payload: [UInt8]) throws -> [UInt8] {
        var token = encodedHeader
        token.reserveCapacity(encodedHeader.count + payload.count * 4 / 3 + 96)
        token.append(UInt8(ascii: "."))
        Base64URL.encode(payload, into: &token)
        let signature = try key.signature(for: token)
        token.append(UInt8(ascii: "."))
        Base64URL.encode(Array(signature), into: &token)
        return token
    }

    /// The compact serialization of `assertion`.
    public func sign(_ assertion: IdentityAssertion) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try sign(payload: Array(encoder.encode(assertion)))
    }
}

extension AssertionSigningKey: CustomStringConvertible {
    public var description: String { "AssertionSigningKey(\(keyID), redacted)" }
}

/// One Ed25519 public key of a key set.
public struct JSONWebKey: Sendable, Hashable, Codable {
    public var kty = "OKP"
    public var crv = "Ed25519"
    public var alg = "EdDSA"
    public var use = "sig"
    public var kid: String
    public var x: String

    public init(kid: String, x: String) {
        self.kid = kid
        self.x = x
    }
}

/// The document at `IdentityAssertion.keySetPath`.
public struct JSONWebKeySet: Sendable, Hashable, Codable {
    public var keys: [JSONWebKey]

    public init(keys: [JSONWebKey]) { self.keys = keys }
}
