import GatewayCore

/// A user name and a password, as a login brings them.
struct LoginCredentials {
    var email: EmailAddress
    var password: Password
    /// What was typed into the field of the second factor.
    var code: SecondFactorInput?

    /// Passwords longer than this are refused unread: none was ever accepted. In bytes.
    static let longestPassword = 4096

    /// Reads `email` or `username`, and `password`. Refuses what cannot be an account's name before it counts
    /// for or against anybody (pain 17), whether or not there is such an account.
    init(of request: EndpointRequest, as formats: [RequestFields.Format] = RequestFields.Format.allCases)
        throws(Refusal)
    {
        let fields = try RequestFields(
            of: request, named: ["email", "username", "password", "code"], as: formats)
        var faults = FieldFaults()
        let email = faults.collecting { () throws(FieldFault) in try Self.email(in: fields) }
        let password = faults.collecting { () throws(FieldFault) in try Self.password(in: fields, "password")
        }
        let code = faults.collecting { () throws(FieldFault) in try Self.code(in: fields) }
        guard let email, let password, let code else { throw faults.refusal }
        self.email = email
        self.password = password
        self.code = code
    }

    private static func email(in fields: RequestFields) throws(FieldFault) -> EmailAddress {
        if fields.has("email"), fields.has("username") {
            throw FieldFault("username", "stands beside email; send one of them")
        }
        let usual = fields.format == .form ? "username" : "email"
        let name = ["email", "username"].first(where: fields.has) ?? usual
        return try email(in: fields, name)
    }

    /// The address in a field.
    static func email(in fields: RequestFields, _ name: String) throws(FieldFault) -> EmailAddress {
        let typed = try fields.text(name).withBytes { String(decoding: $0, as: UTF8.self) }
        guard let email = EmailAddress(typed) else { throw FieldFault(name, "is not an e-mail address") }
        return email
    }

    /// The field `code`; nil where it is left out, or empty as forms have it.
    static func code(in fields: RequestFields) throws(FieldFault) -> SecondFactorInput? {
        guard fields.hasContent("code") else { return nil }
        guard let code = SecondFactorInput(try fields.text("code")) else {
            throw FieldFault("code", "is neither a one-time code nor a recovery code")
        }
        return code
    }

    /// The password in a field.
    static func password(in fields: RequestFields, _ name: String) throws(FieldFault) -> Password {
        let typed = try fields.text(name)
        guard typed.count <= longestPassword else {
            throw FieldFault(name, "is longer than \(longestPassword) bytes")
        }
        guard let password = Password(typed) else { throw FieldFault(name, "is not UTF-8") }
        return password
    }
}
