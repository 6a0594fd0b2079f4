import GatewayCore

/// Making an account of one's own.
enum Registration {
    /// `POST /api/v1/auth/register` where registration is closed: 403 to everybody, without a look at the body.
    static var closed: Endpoint {
        Endpoint(
            "POST", "/api/v1/auth/register", require: .anonymous, takesCredentials: true
        ) { (_) throws(Refusal) in
            throw .registrationClosed
        }
    }
}
