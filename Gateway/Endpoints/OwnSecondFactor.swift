import GatewayCore

/// What users do about their own second factor. Whoever changes it proves the password, under the guard of the login.
enum OwnSecondFactor {
    private static let path = "/api/v1/auth/totp"

    /// `GET`: whether there is one, and how many recovery codes are left.
    static func show(_ context: EndpointContext) -> Endpoint {
        Endpoint("GET", path, require: .user) { request throws(Refusal) in
            let account = try await SecondFactorEnrolment(context: context, request: request).account()
            return try .json(
                State(
                    enrolled: account.secondFactor != nil,
                    required: context.secondFactor.isRequired(of: account),
                    recoveryCodes: account.secondFactor?.recovery.count ?? 0))
        }
    }

    /// `POST` with `password`: 200 and a fresh secret, as text, as a URI and as a drawing of a QR code. It counts once it is
    /// confirmed; asking again gives another. 409 where a second factor is enrolled: it must be removed first.
    static func begin(_ context: EndpointContext) -> Endpoint {
        Endpoint("POST", path, require: .user, takesCredentials: true) { request throws(Refusal) in
            let offer = try await SecondFactorEnrolment(context: context, request: request).begin()
            return try .json(
                Offer(secret: offer.secret.text, uri: offer.uri, qr: QRCode(offer.uri)?.svg))
        }
    }

    /// `POST …/confirm` with `code`: 200 and the recovery codes, if it is the offered secret's code now. Every other
    /// session of the user ends, and a browser's goes on under a new token.
    static func confirm(_ context: EndpointContext) -> Endpoint {
        Endpoint("POST", path + "/confirm", require: .user, takesCredentials: true) {
            request throws(Refusal) in
            let done = try await SecondFactorEnrolment(context: context, request: request).confirm()
            var answer = try EndpointResponse.json(Confirmation(recoveryCodes: done.codes.map(\.text)))
            answer.headers += done.headers
            return answer
        }
    }

    /// `DELETE` with `password` and `code`: 204, and sessions end as at `confirm`. 409 where the account's role must have
    /// one.
    static func remove(_ context: EndpointContext) -> Endpoint {
        Endpoint("DELETE", path, require: .user, takesCredentials: true) { request throws(Refusal) in
            var answer = EndpointResponse.done
            answer.headers += try await SecondFactorEnrolment(context: context, request: request).remove()
            return answer
        }
    }

    private struct State: Encodable {
        var enrolled: Bool
        var required: Bool
        var recoveryCodes: Int

        enum CodingKeys: String, CodingKey {
            case enrolled, required
            case recoveryCodes = "recovery_codes"
        }
    }

    private struct Offer: Encodable {
        var secret: String
        var uri: String
        /// SVG; left out where the URI is too long for one.
        var qr: String?
    }

    private struct Confirmation: Encodable {
        var recoveryCodes: [String]

        enum CodingKeys: String, CodingKey { case recoveryCodes = "recovery_codes" }
    }
}
