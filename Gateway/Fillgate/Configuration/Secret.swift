/// A text that cannot print itself; whoever must use it asks for `revealed` by name.
struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let revealed: String

    init(_ text: String) { revealed = text }

    var description: String { "redacted" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}
