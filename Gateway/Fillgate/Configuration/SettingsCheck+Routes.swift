import GatewayCore

extension SettingsCheck {
    static func routes(_ settings: Settings, _ reading: inout ConfigReading) {
        let path = ConfigPath.root.child("routes")
        guard reading.place(of: path) != .nowhere else {
            defaultRoutes(settings, &reading)
            return
        }
        for (index, route) in settings.routes.enumerated() {
            let item = path.item(index)
            if !reading.hasFault(under: item.child("upstream")) {
                let known = settings.upstreams.map(\.name)
                if !known.contains(route.upstream) {
                    let hint = NearestName.hint(for: route.upstream, among: known)
                    reading.fault(item.child("upstream"), "'\(route.upstream)' is not an upstream\(hint)")
                }
            }
            limits(of: route, at: item, settings, &reading)
            if let limit = route.bodyLimit, limit > settings.connections.bodyLimitMax,
                !reading.hasFault(under: ConfigPath.root.child("connections").child("body-limit-max"))
            {
                reading.fault(item.child("body-limit"), "is more than connections.body-limit-max")
            }
            shadowed(index, settings.routes, at: item, &reading)
        }
    }

    /// The default routes next to limits that are the operator's own.
    private static func defaultRoutes(_ settings: Settings, _ reading: inout ConfigReading) {
        let path = ConfigPath.root.child("limits")
        guard !reading.hasFault(under: path) else { return }
        var missing = settings.routes.flatMap(\.limits).map(\.name)
        missing.removeAll { name in settings.policyEntries.contains { $0.name == name } }
        guard let first = missing.first else { return }
        reading.fault(
            path, "the default routes need a policy '\(first)'; add it, or write upstreams and routes")
    }

    private static func limits(
        of route: RouteEntry, at item: ConfigPath, _ settings: Settings, _ reading: inout ConfigReading
    ) {
        let isForNobody = route.require == .anonymous && !reading.hasFault(under: item.child("require"))
        let path = item.child("limits")
        names(
            route.limits.map(\.name), at: path, settings,
            why: isForNobody ? "but the route lets in callers who are nobody" : nil, onRoutes: true,
            &reading)
        for (index, attachment) in route.limits.enumerated() {
            guard let cost = attachment.cost, !reading.hasFault(under: path),
                let entry = settings.policyEntries.first(where: { $0.name == attachment.name })
            else { continue }
            if entry.inFlight != nil {
                reading.fault(
                    path.item(index), "'\(entry.name)' counts requests in flight, which have no cost")
            } else if let burst = entry.burst, cost > burst {
                reading.fault(
                    path.item(index),
                    "a cost of \(cost) is more than the burst of \(burst): nothing would pass")
            }
        }
    }

    /// The policies that the gateway's own endpoints meet.
    static func endpoints(_ settings: Settings, _ reading: inout ConfigReading) {
        let path = ConfigPath.root.child("endpoints")
        names(
            settings.endpoints.credentialLimits ?? [], at: path.child("credential-limits"), settings,
            why: "but whoever shows a password is nobody yet", &reading)
        names(settings.endpoints.limits ?? [], at: path.child("limits"), settings, why: nil, &reading)
    }

    /// Names of policies: each must be one, once, and where `why` says why not, none
    /// that counts by user; requests in flight are for routes.
    private static func names(
        _ names: [String], at path: ConfigPath, _ settings: Settings, why: String?, onRoutes: Bool = false,
        _ reading: inout ConfigReading
    ) {
        guard !reading.hasFault(under: path) else { return }
        let entries = settings.policyEntries
        var seen = Set<String>()
        for (index, name) in names.enumerated() {
            let place = path.item(index)
            if !seen.insert(name).inserted { reading.fault(place, "'\(name)' is listed twice") }
            guard let entry = entries.first(where: { $0.name == name }) else {
                let hint = NearestName.hint(for: name, among: entries.map(\.name))
                reading.fault(place, "'\(name)' is not a policy of limits\(hint)")
                continue
            }
            if !onRoutes, entry.inFlight != nil {
                reading.fault(place, "'\(name)' counts requests in flight, which only routes can")
            }
            if let why, let part = entry.key.first(where: \.needsPrincipal) {
                let word = Codec<LimitPolicy.Key.Part>.keyPart.text(part)
                reading.fault(place, "'\(name)' counts by \(word), \(why)")
            }
        }
    }

    /// A route that an earlier one with the same path leaves nothing to take.
    private static func shadowed(
        _ index: Int, _ routes: [RouteEntry], at item: ConfigPath, _ reading: inout ConfigReading
    ) {
        let route = routes[index]
        guard !reading.hasFault(under: item.child("path")), !reading.hasFault(under: item.child("methods"))
        else {
            return
        }
        if let methods = route.methods, methods.count != Set(methods).count {
            reading.fault(item.child("methods"), "lists a method twice")
        }
        for (earlier, other) in routes[..<index].enumerated() where other.path == route.path {
            let path = ConfigPath.root.child("routes").item(earlier)
            guard !reading.hasFault(under: path.child("path")) else { continue }
            let isCovered = other.methods.map { Set($0) }.map { taken in
                route.methods.map { taken.isSuperset(of: $0) } ?? false
            }
            if isCovered ?? true {
                reading.fault(item.child("path"), "'\(route.path)' is taken by \(path.text) already")
                return
            }
        }
    }
}
