/// Hours for people.
package enum HoursText {
    /// Hours with two decimals, such as `501.16`.
    package static func rounded(_ hours: Double) -> String {
        let hundredths = Int64((hours * 100).rounded())
        let fraction = String(abs(hundredths % 100))
        let sign = hundredths < 0 ? "-" : ""
        return "\(sign)\(abs(hundredths / 100)).\(fraction.count < 2 ? "0" + fraction : fraction)"
    }
}
