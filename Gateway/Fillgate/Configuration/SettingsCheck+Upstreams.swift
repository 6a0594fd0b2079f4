import GatewayCore

extension SettingsCheck {
    static func upstreams(_ settings: Settings, _ reading: inout ConfigReading) {
        for upstream in settings.upstreams {
            let path = ConfigPath.root.child("upstreams").child(upstream.name)
            addresses(of: upstream, at: path.child("addresses"), &reading)
            ejection(of: upstream, at: path.child("ejection"), &reading)
            tls(of: upstream, at: path.child("tls"), &reading)
        }
    }

    private static func addresses(
        of upstream: UpstreamSettings, at path: ConfigPath, _ reading: inout ConfigReading
    ) {
        guard !reading.hasFault(under: path) else { return }
        var seen = Set<UpstreamSettings.Address>()
        for (index, address) in upstream.addresses.enumerated() where !seen.insert(address).inserted {
            reading.fault(path.item(index), "'\(address)' is listed twice")
        }
    }

    private static func ejection(
        of upstream: UpstreamSettings, at path: ConfigPath, _ reading: inout ConfigReading
    ) {
        let (first, longest) = (path.child("duration"), path.child("max-duration"))
        let ejection = upstream.ejection
        guard ejection.duration > ejection.longest, !reading.hasFault(under: path) else { return }
        blame(
            first, or: longest,
            "\(Units.text(of: ejection.duration)) is more than \(longest.text), \(Units.text(of: ejection.longest))",
            &reading)
    }

    private static func tls(
        of upstream: UpstreamSettings, at path: ConfigPath, _ reading: inout ConfigReading
    ) {
        guard !reading.hasFault(under: path) else { return }
        let tls = upstream.tls
        guard tls.isEnabled else {
            let keys = [
                ("ca", tls.ca != nil), ("certificate", tls.certificate != nil), ("key", tls.key != nil),
                ("server-name", tls.serverName != nil), ("insecure-skip-verify", tls.insecureSkipVerify),
            ]
            for (key, isSet) in keys where isSet {
                // Without this, a forgotten switch would leave everything in the clear.
                reading.fault(path.child(key), "is of no use while \(path.text).enabled is false")
            }
            return
        }
        if tls.certificate != nil, tls.key == nil {
            reading.fault(path.child("certificate"), "needs a key")
        }
        if tls.key != nil, tls.certificate == nil {
            reading.fault(path.child("key"), "needs a certificate")
        }
        if tls.insecureSkipVerify {
            for (key, isSet) in [("ca", tls.ca != nil), ("server-name", tls.serverName != nil)] where isSet {
                reading.fault(path.child(key), "is not looked at under insecure-skip-verify")
            }
        } else if tls.serverName == nil {
            let socket = upstream.addresses.first { if case .unixSocket = $0 { true } else { false } }
            if let socket {
                reading.fault(
                    path.child("server-name"), "is missing: the certificate of \(socket) must bear some name")
            }
        }
    }
}
