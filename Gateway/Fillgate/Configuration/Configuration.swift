import Foundation
import GatewayCore

/// Finds, reads and prints configurations.
enum Configuration {
    /// Where a configuration is looked for that nobody named.
    static let usualPlaces = ["/etc/fillgate/gateway.yaml", "gateway.yaml"]

    /// The path of the configuration: `named` by the command line, then by `FILLGATE_CONFIG`, then a usual
    /// place that has one; nil where there is none.
    static func path(named: String?, environment: [String: String]) -> String? {
        if let named = named ?? environment["FILLGATE_CONFIG"] { return named }
        return usualPlaces.first { FileManager.default.fileExists(atPath: $0) }
    }

    /// Reads the file at `path` under the overrides of `environment`. Throws every fault at once, with
    /// `checksFiles` also those of the files that it names.
    static func load(
        path: String, environment: [String: String], checksFiles: Bool = false
    ) throws(ConfigFaults) -> Settings {
        func failure(_ message: String) -> ConfigFaults {
            ConfigFaults(file: path, faults: [ConfigFault(place: .nowhere, key: "", message: message)])
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw failure(
                FileManager.default.fileExists(atPath: path) ? "cannot be read" : "there is no such file")
        }
        guard data.count <= YAMLReading.longestFile else { throw failure("is longer than 1 MiB") }
        guard let text = String(data: data, encoding: .utf8) else { throw failure("is not UTF-8") }
        return try parse(text, file: path, environment: environment, checksFiles: checksFiles)
    }

    /// Reads `text`; `file` names it in faults.
    static func parse(
        _ text: String, file: String, environment: [String: String] = [:], checksFiles: Bool = false
    ) throws(ConfigFaults) -> Settings {
        let keys = ConfigTable.root
        let (document, faults) = YAMLReading.read(text)
        guard var document else { throw ConfigFaults(file: file, faults: faults) }
        let hasOwnServices = ["upstreams", "routes"].contains { document.value(at: $0) != nil }
        document.addMissing(
            listsOf: keys, from: Settings(), except: hasOwnServices ? ["upstreams", "routes"] : [])
        let overrides = ConfigEnvironment.apply(environment, to: &document, keys: keys.map(\.outline))
        var settings = Settings()
        if hasOwnServices {
            // The default upstream and its routes belong together.
            settings.upstreams = []
            settings.routes = []
        }
        var reading = ConfigReading()
        ConfigKey<Settings>.read(keys, from: document, at: .root, into: &settings, &reading)
        SettingsCheck.run(settings, &reading)
        if checksFiles { SettingsCheck.files(settings, &reading) }
        let all = faults + overrides + reading.faults
        guard all.isEmpty else { throw ConfigFaults(file: file, faults: all) }
        // Who shortens the one need not think of the other.
        settings.sessions.touchInterval = min(settings.sessions.touchInterval, settings.sessions.idleTimeout)
        return settings
    }

    /// The names of the keys that differ between two configurations, in the order of the printed one.
    static func changes(from old: Settings, to new: Settings) -> [String] {
        ConfigKey.changes(ConfigTable.root, from: old, to: new).map(\.text)
    }

    /// The complete default configuration, every key commented.
    static var defaultText: String {
        let settings = Settings()
        let sections = ConfigTable.root.map { key in
            (YAMLWriting.comment(key.comment) + key.lines(settings, true)).joined(separator: "\n")
        }
        let head = """
            # The complete configuration of fillgate with its defaults. Whatever is left out has its default.
            #
            # Durations: 250ms 30s 15m 12h. Sizes: 512B 16KiB 10MiB 1GiB. Rates: 50/s 10/min 1000/h.
            # Every key may be overridden by an environment variable: FILLGATE_SESSIONS_IDLE_TIMEOUT=10m,
            # FILLGATE_TRUSTED_PROXIES=10.0.0.0/8,fd00::/8, FILLGATE_ROUTES_0_BODY_LIMIT=1MiB.
            """
        return ([head] + sections).joined(separator: "\n\n") + "\n"
    }
}

extension Written {
    /// Writes the default lists and tables that the file leaves out, so that the environment can override
    /// their items.
    fileprivate mutating func addMissing(
        listsOf keys: [ConfigKey<Settings>], from defaults: Settings, except own: Set<String>
    ) {
        for key in keys where value(at: key.name) == nil && !own.contains(key.name) {
            switch key.shape {
            case .items, .table:
                let text = key.lines(defaults, false).joined(separator: "\n")
                guard let value = YAMLReading.read(text).document?.value(at: key.name) else { continue }
                _ = set(value.placedNowhere, at: [.key(key.name)])
            case .scalar, .scalars, .section, .unavailable: continue
            }
        }
    }

    private var placedNowhere: Written {
        switch content {
        case .nothing, .scalar: Written(place: .nowhere, content: content)
        case .list(let items): Written(place: .nowhere, content: .list(items.map(\.placedNowhere)))
        case .mapping(let entries):
            Written(
                place: .nowhere,
                content: .mapping(
                    entries.map { Entry(key: $0.key, keyPlace: .nowhere, value: $0.value.placedNowhere) }))
        }
    }
}
