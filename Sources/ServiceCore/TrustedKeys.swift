public import Foundation
import JWTKit

/// The public keys whose signatures are believed, by key ID.
public struct TrustedKeys: Sendable {
    /// The longest key ID that is looked up, in bytes.
    static let longestKeyID = 128

    /// JWTKit's collection falls back to a default key when it does not know an ID. It is given none, and
    /// every ID is looked up here first, so that a signature is only ever held against the key that it names.
    private let collection: JWTKeyCollection
    public let keyIDs: Set<String>

    /// Reads a key set (RFC 7517). Keys that are not Ed25519 signature keys are passed over, as the RFC asks
    /// (§5); a document that holds none is a fault of whoever named it.
    ///
    /// - Throws: `TrustedKeysFault`.
    public init(json: some DataProtocol) async throws(TrustedKeysFault) {
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(json)) else {
            throw .notAKeySet
        }
        let collection = JWTKeyCollection()
        var keyIDs: Set<String> = []
        for entry in document.keys {
            guard let key = entry.key, let kid = key.kid, key.kty == "OKP", key.crv == "Ed25519",
                key.alg ?? "EdDSA" == "EdDSA", key.use ?? "sig" == "sig"
            else { continue }
            guard (1...Self.longestKeyID).contains(kid.utf8.count), let x = key.x,
                let publicKey = try? EdDSA.PublicKey(x: x, curve: .ed25519)
            else { throw .badKey(id: kid) }
            await collection.add(eddsa: publicKey, kid: JWKIdentifier(string: kid))
            keyIDs.insert(kid)
        }
        guard !keyIDs.isEmpty else { throw .noUsableKey }
        await collection.clearDefault()
        self.collection = collection
        self.keyIDs = keyIDs
    }

    /// The claims of `token`, whose header names one of `keyIDs`.
    func claims(of token: [UInt8]) async throws(AssertionFault) -> IdentityAssertion {
        do {
            return try await collection.verify(token, as: Claims.self).assertion
        } catch let error as JWTError where error.errorType == .signatureVerificationFailed {
            throw .badSignature
        } catch {
            throw .malformed
        }
    }

    private struct Document: Decodable {
        let keys: [Entry]
    }

    /// An entry of the set; nil inside for one whose members have types that no Ed25519 key has.
    private struct Entry: Decodable {
        let key: Key?

        init(from decoder: any Decoder) throws { key = try? Key(from: decoder) }
    }

    private struct Key: Decodable {
        let kty: String
        let crv: String?
        let alg: String?
        let use: String?
        let kid: String?
        let x: String?
    }
}

/// Why a document cannot serve as a set of trusted keys.
public enum TrustedKeysFault: Error, Sendable, Hashable, CustomStringConvertible {
    case notAKeySet
    case badKey(id: String)
    case noUsableKey

    public var description: String {
        switch self {
        case .notAKeySet: "not a JSON Web Key Set"
        case .badKey(let id): "the key \"\(id)\" is not an Ed25519 public key"
        case .noUsableKey: "no Ed25519 signature key with an ID in the key set"
        }
    }
}

/// The claims as JWTKit reads them. It checks the signature; time and audience are ours to check against
/// `now`.
private struct Claims: JWTPayload {
    let assertion: IdentityAssertion

    init(from decoder: any Decoder) throws { assertion = try IdentityAssertion(from: decoder) }
    func encode(to encoder: any Encoder) throws { try assertion.encode(to: encoder) }
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}
