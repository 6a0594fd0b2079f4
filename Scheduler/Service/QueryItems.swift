import Foundation
import SchedulingCore
import ServiceCore

/// The parameters of a query, each read once; what is left over, repeated or out of bounds is a fault.
struct QueryItems {
    private var values: [String: String] = [:]
    private var faults: [Problem.Fault] = []
    private var known: [String] = []

    /// - Parameter query: What follows the `?`, percent-encoded; `+` stands for a space, as forms write it.
    init(_ query: String?) {
        for item in (query ?? "").split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(parts[0]),
                let value = Self.decoded(parts.count == 2 ? parts[1] : "")
            else {
                faults.append(.init(message: "the query is not percent-encoded UTF-8"))
                continue
            }
            if values.updateValue(value, forKey: name) != nil {
                faults.append(.init(field: name, message: "the parameter is there twice"))
            }
        }
    }

    mutating func text(_ name: String) -> String? {
        known.append(name)
        return values[name]
    }

    /// A whole number, or `fallback` if the parameter is not there.
    mutating func whole(_ name: String, in bounds: ClosedRange<Int>, default fallback: Int) -> Int {
        guard let text = text(name) else { return fallback }
        // `Int` takes a sign, which a page number never has.
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text),
            bounds.contains(number)
        else {
            refuse(name, "a whole number from \(bounds.lowerBound) to \(bounds.upperBound) is expected")
            return fallback
        }
        return number
    }

    /// Which page of a list is asked for, counted from 1.
    struct Page {
        var number: Int
        var size: Int
    }

    /// The pages of a list that can be asked for, the sizes that they may have, and that without a word.
    static let pages = 1...1_000
    static let pageSizes = 1...50
    static let pageSize = 20

    /// `page` and `page_size`.
    mutating func page() -> Page {
        Page(
            number: whole("page", in: Self.pages, default: 1),
            size: whole("page_size", in: Self.pageSizes, default: Self.pageSize))
    }

    /// The longest ID that is looked for, in bytes.
    static let longestID = 64

    /// An ID; nil where it is not there.
    mutating func identifier(_ name: String) -> String? {
        guard let text = text(name) else { return nil }
        guard (1...Self.longestID).contains(text.utf8.count) else {
            refuse(name, "1 to \(Self.longestID) characters are expected")
            return nil
        }
        return text
    }

    /// `search`: a part of a name; nil where it is not there or empty.
    mutating func search() -> String? {
        guard let text = text("search").map(TextRule.trimmed), !text.isEmpty else { return nil }
        guard text.unicodeScalars.count <= InputLimits.nameLength else {
            refuse("search", "at most \(InputLimits.nameLength) characters are expected")
            return nil
        }
        return text
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, of type: Choice.Type = Choice.self
    ) -> Choice? where Choice.RawValue == String {
        guard let text = text(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            refuse(name, "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", ")) is expected")
            return nil
        }
        return choice
    }

    mutating func refuse(_ name: String, _ message: String) {
        faults.append(.init(field: name, message: message))
    }

    /// - Throws: everything that was wrong, unknown parameters included.
    func finish() throws(InputFaults) {
        var faults = faults
        for name in values.keys.sorted() where !known.contains(name) {
            let list = known.isEmpty ? "there are none" : "known are \(known.joined(separator: ", "))"
            faults.append(
                .init(field: String(name.prefix(40)), message: "there is no such parameter; \(list)"))
        }
        guard faults.isEmpty else { throw InputFaults(faults) }
    }

    private static func decoded(_ text: some StringProtocol) -> String? {
        String(text).replacing("+", with: " ").removingPercentEncoding
    }
}
