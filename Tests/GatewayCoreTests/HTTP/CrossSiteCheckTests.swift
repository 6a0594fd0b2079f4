import GatewayCore
import Testing

@Suite("Cross-site check")
struct CrossSiteCheckTests {
    private static let own = "https://gate.test:8443"

    @Test(
        "a change authenticated by cookie must say that it comes from this site",
        arguments: [
            ("same-origin", nil, true), ("none", nil, true), ("same-site", nil, false),
            ("cross-site", nil, false), ("", nil, false), ("SAME-ORIGIN", nil, false),
            ("same-origin, none", nil, false), ("cross-site", "https://gate.test:8443", false),
            ("same-origin", "https://evil.test", true), (nil, "https://gate.test:8443", true),
            (nil, "HTTPS://Gate.Test:8443", true), (nil, "http://gate.test:8443", false),
            (nil, "https://gate.test", false), (nil, "https://gate.test:8443.evil.test", false),
            (nil, "null", false), (nil, "", false), (nil, nil, false),
        ] as [(String?, String?, Bool)])
    func changes(fetchSite: String?, origin: String?, isAllowed: Bool) {
        #expect(CrossSiteCheck.allows(fetchSite: fetchSite, origin: origin, ownOrigin: Self.own) == isAllowed)
    }

    @Test(
        "a login is refused only if it says that it comes from elsewhere",
        arguments: [
            (nil, nil, false), ("none", nil, false), ("same-origin", nil, false), ("cross-site", nil, true),
            ("same-site", nil, true), (nil, "https://gate.test:8443", false),
            (nil, "https://evil.test", true),
            (nil, "null", true),
        ] as [(String?, String?, Bool)])
    func logins(fetchSite: String?, origin: String?, contradicts: Bool) {
        let answer = CrossSiteCheck.contradicts(fetchSite: fetchSite, origin: origin, ownOrigin: Self.own)
        #expect(answer == contradicts)
    }
}
