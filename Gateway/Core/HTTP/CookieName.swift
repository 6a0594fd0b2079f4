/// The names of the gateway's cookies (RFC 6265bis §4.1.3.2 for the prefix).
package enum CookieName {
    /// The session, over TLS. The prefix binds the cookie to this host, so that no sibling can plant one.
    package static let secure = "__Host-fillgate"
    /// On plain HTTP to a loopback address, where browsers do not take a `Secure` cookie.
    package static let plain = "fillgate"
    /// The accounts that have logged in on this device, under the same two conditions.
    package static let secureDevice = "__Host-fillgate-device"
    package static let plainDevice = "fillgate-device"

    private static let secureBytes = Array(secure.utf8)
    private static let plainBytes = Array(plain.utf8)
    private static let secureDeviceBytes = Array(secureDevice.utf8)
    private static let plainDeviceBytes = Array(plainDevice.utf8)
    private static let onlySecure = [secureBytes]
    private static let both = [secureBytes, plainBytes]
    private static let onlySecureDevice = [secureDeviceBytes]
    private static let bothDevice = [secureDeviceBytes, plainDeviceBytes]
    private static let every = [secureBytes, plainBytes, secureDeviceBytes, plainDeviceBytes]

    /// The names under which a token counts, the stronger first.
    package static func accepted(isSecure: Bool) -> [[UInt8]] { isSecure ? onlySecure : both }

    /// The names under which known devices count, the stronger first.
    package static func acceptedDevice(isSecure: Bool) -> [[UInt8]] {
        isSecure ? onlySecureDevice : bothDevice
    }

    /// The names that never go on to an upstream, and that no upstream sets.
    package static var all: [[UInt8]] { every }
}
