import Foundation

/// Overrides from the environment: `FILLGATE_` and a key's path in upper case, its dots and dashes as
/// underscores.
///
/// An item of a list goes by its index (`FILLGATE_ROUTES_0_PATH`), one past the last adds an item; a list of
/// single values may also be written whole, separated by commas. An upstream goes by its name in the file.
enum ConfigEnvironment {
    static let prefix = "FILLGATE_"
    /// Variables that are not keys.
    static let others = ["FILLGATE_CONFIG", "FILLGATE_ADMIN_EMAIL", "FILLGATE_ADMIN_PASSWORD_FILE"]
    /// The longest file that a `_FILE` variable may name, in bytes.
    private static let longestSecret = 4_096

    /// Writes every override into `document`; answers what is wrong with them.
    static func apply(
        _ variables: [String: String], to document: inout Written, keys: [ConfigOutline]
    ) -> [ConfigFault] {
        var faults: [ConfigFault] = []
        var set: [ConfigPath: String] = [:]
        for (name, value) in variables.sorted(by: { $0.key < $1.key }) where name.hasPrefix(prefix) {
            guard !others.contains(name) else { continue }
            func fault(_ path: ConfigPath?, _ message: String) {
                faults.append(ConfigFault(place: .variable(name), key: path?.text ?? "", message: message))
            }
            guard let target = target(of: name.dropFirst(prefix.count), keys, document) else {
                let known = names(keys, document).map { prefix + $0 } + others
                let near = NearestName.among(known, to: name).map { "; did you mean \($0)?" } ?? ""
                fault(nil, "is not the name of a key\(near)")
                continue
            }
            let path = ConfigPath(target.steps)
            if let other = set[path] {
                fault(path, "is set by \(other) as well")
                continue
            }
            set[path] = name
            switch content(for: target, value) {
            case .success(let content):
                let written = Written(place: .variable(name), content: content)
                if !document.set(written, at: target.steps) {
                    fault(path, "there is no item before this one")
                }
            case .failure(let complaint): fault(path, complaint.message)
            }
        }
        return faults
    }

    private struct Target {
        var steps: [Written.Step]
        var form: Form
        enum Form { case scalar, list, file, unsettable }
    }

    private static func content(for target: Target, _ value: String) -> Result<Written.Content, Complaint> {
        switch target.form {
        case .scalar: return .success(.scalar(value))
        case .list:
            let items = value.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            return .success(.list(items.map { Written(place: .nowhere, content: .scalar($0)) }))
        case .unsettable:
            return .failure(Complaint("cannot be set as a whole; set its keys one by one"))
        case .file:
            do throws(Complaint) {
                return .success(.scalar(try secret(inFile: value)))
            } catch {
                return .failure(error)
            }
        }
    }

    /// The content of a file that holds one secret, without the line break at its end.
    static func secret(inFile path: String) throws(Complaint) -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Complaint("the file '\(path)' cannot be read")
        }
        guard data.count <= longestSecret, let text = String(data: data, encoding: .utf8) else {
            throw Complaint("the file '\(path)' does not hold a secret: more than 4 KiB, or not UTF-8")
        }
        let secret =
            text.hasSuffix("\r\n") ? text.dropLast() : text.hasSuffix("\n") ? text.dropLast() : text[...]
        guard !secret.isEmpty else { throw Complaint("the file '\(path)' is empty") }
        return String(secret)
    }

    private static func target(
        of name: Substring, _ keys: [ConfigOutline], _ document: Written?
    ) -> Target? {
        for key in keys {
            let own = variable(key.name)
            let here = [Written.Step.key(key.name)]
            if name == own {
                switch key.shape {
                case .scalar, .unavailable: return Target(steps: here, form: .scalar)
                case .scalars: return Target(steps: here, form: .list)
                case .section, .items, .table: return Target(steps: here, form: .unsettable)
                }
            }
            if case .scalar(isSecret: true) = key.shape, name == own + "_FILE" {
                return Target(steps: here, form: .file)
            }
            guard name.hasPrefix(own + "_") else { continue }
            let rest = name.dropFirst(own.count + 1)
            if var target = inner(of: rest, key.shape, document?.value(at: key.name)) {
                target.steps = here + target.steps
                return target
            }
        }
        return nil
    }

    private static func inner(of name: Substring, _ shape: ConfigShape, _ document: Written?) -> Target? {
        switch shape {
        case .scalar, .unavailable: return nil
        case .section(let keys): return target(of: name, keys, document)
        case .scalars:
            guard let index = index(name[...]) else { return nil }
            return Target(steps: [.index(index)], form: .scalar)
        case .items(let keys):
            let parts = name.split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
            guard let first = parts.first, let index = index(first) else { return nil }
            guard parts.count == 2 else { return Target(steps: [.index(index)], form: .unsettable) }
            let items: [Written] = if case .list(let items) = document?.content { items } else { [] }
            let item = index < items.count ? items[index] : nil
            guard var target = target(of: parts[1], keys, item) else { return nil }
            target.steps.insert(.index(index), at: 0)
            return target
        case .table(let keys):
            guard case .mapping(let entries) = document?.content else { return nil }
            // The longest name first, so that one that begins like another is found.
            for entry in entries.sorted(by: { $0.key.count > $1.key.count }) {
                let own = variable(entry.key)
                if name == own { return Target(steps: [.key(entry.key)], form: .unsettable) }
                guard name.hasPrefix(own + "_") else { continue }
                guard var target = target(of: name.dropFirst(own.count + 1), keys, entry.value) else {
                    continue
                }
                target.steps.insert(.key(entry.key), at: 0)
                return target
            }
            return nil
        }
    }

    private static func index(_ text: Substring) -> Int? {
        guard (1...3).contains(text.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    private static func variable(_ key: String) -> String {
        key.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    /// The names of all variables that could be set, without prefix; lists with the indices that the file has
    /// and the next.
    static func names(_ keys: [ConfigOutline], _ document: Written?) -> [String] {
        keys.flatMap { key -> [String] in
            let own = variable(key.name)
            let value = document?.value(at: key.name)
            switch key.shape {
            case .scalar(let isSecret): return isSecret ? [own, own + "_FILE"] : [own]
            case .scalars: return [own]
            case .unavailable: return []
            case .section(let inner): return names(inner, value).map { "\(own)_\($0)" }
            case .items(let inner):
                let items: [Written] = if case .list(let items) = value?.content { items } else { [] }
                return (0...items.count).flatMap { index in
                    names(inner, index < items.count ? items[index] : nil).map { "\(own)_\(index)_\($0)" }
                }
            case .table(let inner):
                guard case .mapping(let entries) = value?.content else { return [] }
                return entries.flatMap { entry in
                    names(inner, entry.value).map { "\(own)_\(variable(entry.key))_\($0)" }
                }
            }
        }
    }
}

extension ConfigPath {
    fileprivate init(_ steps: [Written.Step]) {
        self = steps.reduce(.root) { path, step in
            switch step {
            case .key(let key): path.child(key)
            case .index(let index): path.item(index)
            }
        }
    }
}
