extension ConfigKey {
    /// A single value.
    static func value<Value: Equatable>(
        _ name: String, _ target: WritableKeyPath<Root, Value>, _ codec: Codec<Value>, required: Bool = false,
        _ comment: String
    ) -> ConfigKey {
        var key = ConfigKey(name: name, comment: comment, shape: .scalar(isSecret: codec.isSecret)) {
            written, path, root, reading in
            guard let value = scalar(written, path, codec, &reading) else { return }
            root[keyPath: target] = value
        } lines: { root, _ in
            ["\(name): \(YAMLWriting.scalar(codec.text(root[keyPath: target])))"]
        } differences: { old, new, path in
            old[keyPath: target] == new[keyPath: target] ? [] : [path]
        }
        key.isRequired = required
        return key
    }

    /// A single value that may be left out; `example` is what the printed configuration shows of it.
    static func optional<Value: Equatable>(
        _ name: String, _ target: WritableKeyPath<Root, Value?>, _ codec: Codec<Value>, example: String,
        _ comment: String
    ) -> ConfigKey {
        ConfigKey(name: name, comment: comment, shape: .scalar(isSecret: codec.isSecret)) {
            written, path, root, reading in
            guard let value = scalar(written, path, codec, &reading) else { return }
            root[keyPath: target] = value
        } lines: { root, commented in
            if let value = root[keyPath: target] {
                return ["\(name): \(YAMLWriting.scalar(codec.text(value)))"]
            }
            return commented ? ["# \(name): \(example)"] : []
        } differences: { old, new, path in
            old[keyPath: target] == new[keyPath: target] ? [] : [path]
        }
    }

    /// A list of single values.
    static func values<Value: Equatable>(
        _ name: String, _ target: WritableKeyPath<Root, [Value]>, _ codec: Codec<Value>,
        required: Bool = false,
        atLeast least: Int = 0, _ comment: String
    ) -> ConfigKey {
        var key = ConfigKey(name: name, comment: comment, shape: .scalars) { written, path, root, reading in
            guard let values = scalars(written, path, codec, atLeast: least, &reading) else { return }
            root[keyPath: target] = values
        } lines: { root, _ in
            ["\(name): \(YAMLWriting.list(root[keyPath: target].map(codec.text)))"]
        } differences: { old, new, path in
            old[keyPath: target] == new[keyPath: target] ? [] : [path]
        }
        key.isRequired = required
        return key
    }

    /// A list of single values that means everything when it is left out.
    static func optionalValues<Value: Equatable>(
        _ name: String, _ target: WritableKeyPath<Root, [Value]?>, _ codec: Codec<Value>, example: [String],
        _ comment: String
    ) -> ConfigKey {
        ConfigKey(name: name, comment: comment, shape: .scalars) { written, path, root, reading in
            guard let values = scalars(written, path, codec, atLeast: 1, &reading) else { return }
            root[keyPath: target] = values
        } lines: { root, commented in
            if let values = root[keyPath: target] {
                return ["\(name): \(YAMLWriting.list(values.map(codec.text)))"]
            }
            return commented ? ["# \(name): \(YAMLWriting.list(example))"] : []
        } differences: { old, new, path in
            old[keyPath: target] == new[keyPath: target] ? [] : [path]
        }
    }

    /// Keys of a part of `Root`.
    static func section<Part>(
        _ name: String, _ target: WritableKeyPath<Root, Part>, _ keys: [ConfigKey<Part>], _ comment: String
    ) -> ConfigKey {
        ConfigKey(name: name, comment: comment, shape: .section(keys.map(\.outline))) {
            written, path, root, reading in
            ConfigKey<Part>.read(keys, from: written, at: path, into: &root[keyPath: target], &reading)
        } lines: { root, commented in
            let inner = ConfigKey<Part>.lines(keys, of: root[keyPath: target], commented: commented)
            return ["\(name):"] + YAMLWriting.indented(inner)
        } differences: { old, new, path in
            ConfigKey<Part>.changes(
                keys, from: old[keyPath: target], to: new[keyPath: target], at: path)
        }
    }

    /// Keys of a part of `Root` that may be left out as a whole; `blank` is what the keys that are left out of one
    /// that is there have, and what the printed configuration shows of it.
    static func optionalSection<Part>(
        _ name: String, _ target: WritableKeyPath<Root, Part?>, blank: Part, _ keys: [ConfigKey<Part>],
        _ comment: String
    ) -> ConfigKey {
        ConfigKey(name: name, comment: comment, shape: .section(keys.map(\.outline))) {
            written, path, root, reading in
            var part = blank
            ConfigKey<Part>.read(keys, from: written, at: path, into: &part, &reading)
            root[keyPath: target] = part
        } lines: { root, commented in
            if let part = root[keyPath: target] {
                let inner = ConfigKey<Part>.lines(keys, of: part, commented: commented)
                return ["\(name):"] + YAMLWriting.indented(inner)
            }
            guard commented else { return [] }
            let inner = ConfigKey<Part>.lines(keys, of: blank, commented: true)
            return (["\(name):"] + YAMLWriting.indented(inner)).map { "# \($0)" }
        }
    }

    /// A list of mappings that replaces the default list. `blank` holds the defaults of one.
    static func items<Item>(
        _ name: String, _ target: WritableKeyPath<Root, [Item]>, blank: Item, _ keys: [ConfigKey<Item>],
        _ comment: String
    ) -> ConfigKey {
        ConfigKey(name: name, comment: comment, shape: .items(keys.map(\.outline))) {
            written, path, root, reading in
            guard case .list(let items) = written.content else {
                reading.fault(path, at: written.place, "must be a list of mappings, not \(written.kind)")
                return
            }
            root[keyPath: target] = items.enumerated().map { index, item in
                var value = blank
                let place = path.item(index)
                reading.note(place, at: item.place)
                ConfigKey<Item>.read(keys, from: item, at: place, into: &value, &reading)
                return value
            }
        } lines: { root, commented in
            let items = root[keyPath: target]
            guard !items.isEmpty else { return ["\(name): []"] }
            let inner = items.enumerated().flatMap { index, item in
                YAMLWriting.item(ConfigKey<Item>.lines(keys, of: item, commented: commented && index == 0))
            }
            return ["\(name):"] + YAMLWriting.indented(inner)
        } differences: { old, new, path in
            let (old, new) = (old[keyPath: target], new[keyPath: target])
            let shared = zip(old, new).enumerated().flatMap { index, pair in
                ConfigKey<Item>.changes(keys, from: pair.0, to: pair.1, at: path.item(index))
            }
            let others = min(old.count, new.count)..<max(old.count, new.count)
            return shared + others.map { path.item($0) }
        }
    }

    /// A mapping from names to mappings, which replaces the default one; `named` is where an item keeps its
    /// name.
    static func table<Item>(
        _ name: String, _ target: WritableKeyPath<Root, [Item]>, named: WritableKeyPath<Item, String>,
        blank: Item,
        _ keys: [ConfigKey<Item>], _ comment: String
    ) -> ConfigKey {
        ConfigKey(name: name, comment: comment, shape: .table(keys.map(\.outline))) {
            written, path, root, reading in
            guard case .mapping(let entries) = written.content else {
                reading.fault(path, at: written.place, "must be a mapping from names, not \(written.kind)")
                return
            }
            root[keyPath: target] = entries.map { entry in
                let place = path.child(entry.key)
                reading.note(place, at: entry.keyPlace)
                var value = blank
                do throws(Complaint) {
                    value[keyPath: named] = try Codec<String>.name.parse(entry.key)
                } catch {
                    reading.fault(place, at: entry.keyPlace, error.message)
                }
                ConfigKey<Item>.read(keys, from: entry.value, at: place, into: &value, &reading)
                return value
            }
        } lines: { root, commented in
            let items = root[keyPath: target]
            guard !items.isEmpty else { return ["\(name): {}"] }
            let inner = items.enumerated().flatMap { index, item in
                let lines = ConfigKey<Item>.lines(keys, of: item, commented: commented && index == 0)
                return ["\(item[keyPath: named]):"] + YAMLWriting.indented(lines)
            }
            return ["\(name):"] + YAMLWriting.indented(inner)
        } differences: { old, new, path in
            let (old, new) = (old[keyPath: target], new[keyPath: target])
            let kept = old.flatMap { item -> [ConfigPath] in
                let place = path.child(item[keyPath: named])
                let other = new.first { $0[keyPath: named] == item[keyPath: named] }
                return other.map { ConfigKey<Item>.changes(keys, from: item, to: $0, at: place) } ?? [place]
            }
            let added = new.filter { item in
                !old.contains { $0[keyPath: named] == item[keyPath: named] }
            }
            return kept + added.map { path.child($0[keyPath: named]) }
        }
    }

    /// A key that a later version will have: refused rather than ignored.
    static func unavailable(_ name: String, example: String, _ comment: String) -> ConfigKey {
        ConfigKey(name: name, comment: comment + " Not available in this version.", shape: .unavailable) {
            written, path, _, reading in
            reading.fault(path, at: written.place, "is not available in this version")
        } lines: { _, commented in
            commented ? ["# \(name): \(example)"] : []
        }
    }

    private static func scalar<Value>(
        _ written: Written, _ path: ConfigPath, _ codec: Codec<Value>, _ reading: inout ConfigReading
    ) -> Value? {
        switch written.content {
        case .scalar(let text):
            do throws(Complaint) {
                return try codec.parse(text)
            } catch {
                reading.fault(path, at: written.place, error.message)
            }
        case .nothing: reading.fault(path, at: written.place, "has no value")
        case .list, .mapping:
            reading.fault(path, at: written.place, "must be a single value, not \(written.kind)")
        }
        return nil
    }

    private static func scalars<Value>(
        _ written: Written, _ path: ConfigPath, _ codec: Codec<Value>, atLeast least: Int,
        _ reading: inout ConfigReading
    ) -> [Value]? {
        guard case .list(let items) = written.content else {
            reading.fault(path, at: written.place, "must be a list such as [a, b], not \(written.kind)")
            return nil
        }
        if items.count < least { reading.fault(path, at: written.place, "must not be empty") }
        var values: [Value] = []
        for (index, item) in items.enumerated() {
            reading.note(path.item(index), at: item.place)
            if let value = scalar(item, path.item(index), codec, &reading) { values.append(value) }
        }
        return values
    }
}
