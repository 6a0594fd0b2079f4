import Foundation

/// Unicode Normalization Form C (UAX #15), the one form in which text is hashed, stored or compared.
package enum UnicodeText {
    package static func composed(_ text: String) -> String {
        text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCanonicalMapping
    }
}
