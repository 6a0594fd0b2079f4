/// A configuration as it was written, before anything is known of what it means: every value with its place.
struct Written: Sendable, Hashable {
    var place: ConfigPlace
    var content: Content

    indirect enum Content: Sendable, Hashable {
        /// A key with nothing after it, or `null`.
        case nothing
        case scalar(String)
        case list([Written])
        case mapping([Entry])
    }

    struct Entry: Sendable, Hashable {
        var key: String
        var keyPlace: ConfigPlace
        var value: Written
    }

    /// What it is, for a message that says it should have been something else.
    var kind: String {
        switch content {
        case .nothing: "nothing"
        case .scalar: "a single value"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }

    /// The entry of that key, where this is a mapping that has it.
    func value(at key: String) -> Written? {
        guard case .mapping(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// Puts `value` at a path of keys and indices, making mappings and lists on the way. An index may be at
    /// most one past the end; a longer jump is not made and answers false.
    mutating func set(_ value: Written, at path: some Collection<Step>) -> Bool {
        guard let step = path.first else {
            self = value
            return true
        }
        let rest = path.dropFirst()
        switch step {
        case .key(let key):
            var entries: [Entry] = if case .mapping(let entries) = content { entries } else { [] }
            let index = entries.firstIndex { $0.key == key }
            var child = index.map { entries[$0].value } ?? Written(place: value.place, content: .nothing)
            guard child.set(value, at: rest) else { return false }
            if let index {
                entries[index].value = child
            } else {
                entries.append(Entry(key: key, keyPlace: value.place, value: child))
            }
            content = .mapping(entries)
        case .index(let index):
            var items: [Written] = if case .list(let items) = content { items } else { [] }
            guard index <= items.count else { return false }
            var child = index < items.count ? items[index] : Written(place: value.place, content: .nothing)
            guard child.set(value, at: rest) else { return false }
            if index < items.count { items[index] = child } else { items.append(child) }
            content = .list(items)
        }
        return true
    }

    enum Step: Sendable, Hashable {
        case key(String)
        case index(Int)
    }
}
