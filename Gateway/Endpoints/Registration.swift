import GatewayCore

/// Making an account of one's own.
enum Registration {
    /// `POST /api/v1/auth/register`, as the configuration has it.
    static func endpoint(_ context: EndpointContext) -> Endpoint {
        context.isRegistrationOpen ? open(context) : closed
    }

    /// Where registration is closed: 403 to everybody, without a look at the body.
    private static var closed: Endpoint {
        Endpoint(
            "POST", "/api/v1/auth/register", require: .anonymous, takesCredentials: true
        ) { (_) throws(Refusal) in
            throw .registrationClosed
        }
    }

    /// JSON `email` and `password`: 201 with the account, which may log in from now on; 409 where the address has
    /// one. That tells who exists, and would even if it did not say so: the newcomer finds out by logging in.
    /// Every request counts against the `register` policy, five an hour and address.
    private static func open(_ context: EndpointContext) -> Endpoint {
        var endpoint = Endpoint(
            "POST", "/api/v1/auth/register", require: .anonymous, takesCredentials: true
        ) { request throws(Refusal) in
            let newcomer = try Newcomer(of: request, policy: context.passwordPolicy)
            let hash = try await context.hashed(newcomer.password)
            let account = Account.new(newcomer.email, hash, at: request.now)
            let creation = try await context.asking { store throws(StoreFault) in
                try await store.create(account)
            }
            guard creation == .created else { throw .addressTaken }
            context.note(
                .accountCreated, by: .user(account.id, account.email), of: .init(account),
                reason: "registered", for: request)
            return try .json(AccountView(account), status: 201)
        }
        endpoint.registers = true
        return endpoint
    }
}

/// Who would like an account, the password found acceptable.
private struct Newcomer {
    var email: EmailAddress
    var password: Password

    init(of request: EndpointRequest, policy: PasswordPolicy) throws(Refusal) {
        let fields = try RequestFields(of: request, named: ["email", "password"], as: [.json])
        var faults = FieldFaults()
        let email = faults.collecting { () throws(FieldFault) in
            try LoginCredentials.email(in: fields, "email")
        }
        let password = faults.collecting { () throws(FieldFault) in
            let password = try LoginCredentials.password(in: fields, "password")
            if let email, let fault = policy.fault(in: password, for: email) {
                throw FieldFault("password", fault.sentence)
            }
            return password
        }
        guard let email, let password else { throw faults.refusal }
        self.email = email
        self.password = password
    }
}
