package import ServiceCore

/// What a new password must be. There are no rules of composition and no expiry: length and not being
/// guessable are what helps (NIST SP 800-63B §3.1.1).
package struct PasswordPolicy: Sendable, Hashable {
    /// The bounds within which a configuration may choose, in code points.
    package static let lengthBounds = 8...1024

    /// Code points after NFC.
    package let minLength: Int
    package let maxLength: Int
    /// What nobody may choose, besides what `CommonPasswords` knows; nil: nothing.
    package let commonList: CommonPasswordList?

    /// 15 to 128 code points.
    package static let standard = PasswordPolicy(checkedMinimum: 15, maximum: 128)

    /// Nil unless 8 ≤ `minLength` ≤ `maxLength` ≤ 1024.
    package init?(minLength: Int, maxLength: Int, commonList: CommonPasswordList? = nil) {
        guard Self.lengthBounds.contains(minLength), Self.lengthBounds.contains(maxLength),
            minLength <= maxLength
        else { return nil }
        self.init(checkedMinimum: minLength, maximum: maxLength, commonList: commonList)
    }

    private init(checkedMinimum: Int, maximum: Int, commonList: CommonPasswordList? = nil) {
        minLength = checkedMinimum
        maxLength = maximum
        self.commonList = commonList
    }

    /// The same with another list.
    package func with(_ commonList: CommonPasswordList?) -> PasswordPolicy {
        PasswordPolicy(checkedMinimum: minLength, maximum: maxLength, commonList: commonList)
    }

    /// Why `password` may not become the password of `email`'s account; nil when it may.
    package func fault(in password: Password, for email: EmailAddress) -> PasswordFault? {
        if password.length < minLength { return .tooShort(minimum: minLength) }
        if password.length > maxLength { return .tooLong(maximum: maxLength) }
        var shape = GuessableShape(of: password)
        defer { shape.wipe() }
        if shape.isAddress(email) { return .isOwnAddress }
        if shape.isCommon { return .common }
        if let commonList, commonList.contains(password) || shape.isOn(commonList) { return .common }
        return nil
    }
}

/// Why a new password is refused. The sentences name the rule, never the password.
package enum PasswordFault: Sendable, Hashable {
    case tooShort(minimum: Int)
    case tooLong(maximum: Int)
    case isOwnAddress
    case common
    /// The new one is the current one.
    case unchanged

    package var sentence: String {
        switch self {
        case .tooShort(let minimum): "must have at least \(minimum) characters"
        case .tooLong(let maximum): "must have at most \(maximum) characters"
        case .isOwnAddress: "must not be made of your own address"
        case .common: "is one of the first that an attacker tries; choose one that is less common"
        case .unchanged: "must differ from the current one"
        }
    }

    /// The fault as a problem names it.
    package func fault(in field: String) -> Problem.Fault { Problem.Fault(field: field, message: sentence) }
}
