extension FramingCase {
    /// Targets and hosts that name one place to the gateway and another to whoever is behind it.
    static let targets: [FramingCase] = table(
        refused(
            "Host, RFC 9112 §3.2",
            [
                ("no host", "GET /open/x HTTP/1.1\r\n\r\n"),
                ("two hosts", "GET /open/x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
                ("the same host twice", "GET /open/x HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
                ("two hosts in two spellings", "GET /open/x HTTP/1.1\r\nHost: a\r\nX: y\r\nhOST: b\r\n\r\n"),
                ("two hosts in HTTP/1.0", "GET /open/x HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
                ("an empty host", "GET /open/x HTTP/1.1\r\nHost:\r\n\r\n"),
                ("a list of hosts", "GET /open/x HTTP/1.1\r\nHost: a, b\r\n\r\n"),
                ("two words for a host", "GET /open/x HTTP/1.1\r\nHost: a b\r\n\r\n"),
                ("a user in a host", "GET /open/x HTTP/1.1\r\nHost: a@b\r\n\r\n"),
                ("a path in a host", "GET /open/x HTTP/1.1\r\nHost: a/b\r\n\r\n"),
                ("a query in a host", "GET /open/x HTTP/1.1\r\nHost: a?b\r\n\r\n"),
                ("a fragment in a host", "GET /open/x HTTP/1.1\r\nHost: a#b\r\n\r\n"),
                ("a backslash in a host", "GET /open/x HTTP/1.1\r\nHost: a\\b\r\n\r\n"),
                ("an encoded host", "GET /open/x HTTP/1.1\r\nHost: %61\r\n\r\n"),
                ("an accent in a host", "GET /open/x HTTP/1.1\r\nHost: \u{E9}\r\n\r\n"),
                ("a scheme in a host", "GET /open/x HTTP/1.1\r\nHost: http://a\r\n\r\n"),
                ("a word for a port", "GET /open/x HTTP/1.1\r\nHost: a:b\r\n\r\n"),
                ("two ports", "GET /open/x HTTP/1.1\r\nHost: a:80:81\r\n\r\n"),
                ("a port of six digits", "GET /open/x HTTP/1.1\r\nHost: a:000080\r\n\r\n"),
                ("only a port", "GET /open/x HTTP/1.1\r\nHost: :80\r\n\r\n"),
                ("an open bracket", "GET /open/x HTTP/1.1\r\nHost: [::1\r\n\r\n"),
                ("text behind a bracket", "GET /open/x HTTP/1.1\r\nHost: [::1]a\r\n\r\n"),
                ("a space before a host's colon", "GET /open/x HTTP/1.1\r\nHost : a\r\n\r\n"),
                ("a folded host", "GET /open/x HTTP/1.1\r\nHost:\r\n a\r\n\r\n"),
                ("a host in quotes", "GET /open/x HTTP/1.1\r\nHost: \"a\"\r\n\r\n"),
                ("a host with a NUL", "GET /open/x HTTP/1.1\r\nHost: a\u{0}b\r\n\r\n"),
            ]),
        refused(
            "absolute form and authority confusion, RFC 9112 §3.2.2",
            [
                ("another host in the target", "GET http://b/open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a longer host in the target", "GET http://a.b/open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a port in the target alone", "GET http://a:80/open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a port in the host alone", "GET http://a/open/x HTTP/1.1\r\nHost: a:80\r\n\r\n"),
                ("a user in the target", "GET http://a@b/open/x HTTP/1.1\r\nHost: b\r\n\r\n"),
                (
                    "a user in the target that is the host",
                    "GET http://a@b/open/x HTTP/1.1\r\nHost: a\r\n\r\n"
                ),
                ("an encoded host in the target", "GET http://%61/open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a backslash behind the host", "GET http://a\\b/open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a target without a host", "GET http:///open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a target with one slash", "GET http:/a/open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a target without a path", "GET http://a HTTP/1.1\r\nHost: a\r\n\r\n"),
                (
                    "a target without a path but with a query",
                    "GET http://a?/open/x HTTP/1.1\r\nHost: a\r\n\r\n"
                ),
                ("another scheme", "GET ftp://a/open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a scheme that a parser may pass over", "GET xhttp://a/open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("an absolute target and no host", "GET http://a/open/x HTTP/1.1\r\n\r\n"),
                ("an absolute target and no host in HTTP/1.0", "GET http://a/open/x HTTP/1.0\r\n\r\n"),
                ("an authority for a target", "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("CONNECT to an authority", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"),
                ("an asterisk for GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a path without its slash", "GET open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("only a query", "GET ?x HTTP/1.1\r\nHost: a\r\n\r\n"),
            ]),
        refused(
            "path confusion, RFC 3986 §3.3 and §6.2",
            [
                ("two slashes that name a host", "GET //b/open/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("two slashes", "GET /open//x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("two dots", "GET /open/../admin/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("two dots at the end", "GET /open/x/.. HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("one dot", "GET /open/./x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("encoded dots", "GET /open/%2e%2E/admin/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("half-encoded dots", "GET /open/.%2e/admin/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("dots with a parameter", "GET /open/..;a/admin/x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("dots in an absolute target", "GET http://a/open/../x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("an encoded slash", "GET /open%2Fx HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("an encoded backslash", "GET /open/%5cx HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("an encoded NUL", "GET /open/x%00 HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a backslash", "GET /open\\x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a lone percent sign", "GET /open/% HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a percent sign with one digit", "GET /open/%4 HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a percent sign with letters", "GET /open/%zz HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a fragment", "GET /open/x#y HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a NUL in the target", "GET /open/\u{0} HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a DEL in the target", "GET /open/\u{7F} HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("an accent in the target", "GET /open/\u{E9} HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a quote in the path", "GET /open/\"x HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("a fragment in the query", "GET /open/x?a#b HTTP/1.1\r\nHost: a\r\n\r\n"),
            ]),
        goodTargets)

    private static let goodTargets: [FramingCase] = [
        target("an absolute target goes on in origin form", "http://a/open/x", onward: "/open/x"),
        target("an absolute target of https", "https://a/open/x?y", onward: "/open/x?y"),
        target("an absolute target in capitals", "HTTP://A/open/x", onward: "/open/x"),
        target("a line break that is encoded stays so", "/open/a%0d%0aX:%20y", onward: "/open/a%0d%0aX:%20y"),
        target(
            "a request that is encoded stays so", "/open/x?%20HTTP/1.1%0d%0a%0d%0aGET%20/open/hidden",
            onward: "/open/x?%20HTTP/1.1%0d%0a%0d%0aGET%20/open/hidden"),
        target(
            "dots, slashes and percent signs in a query", "/open/x?a=/../b//c\\%zz%00",
            onward: "/open/x?a=/../b//c\\%zz%00"),
        target("an address in a query", "/open/x?http://b/", onward: "/open/x?http://b/"),
        target("a path that is encoded twice", "/open/%252e%252e/x", onward: "/open/%252e%252e/x"),
        target("names that begin with dots", "/open/.../.x/..y", onward: "/open/.../.x/..y"),
        target("parameters of a path", "/open/x;a=b;c", onward: "/open/x;a=b;c"),
        target("an empty query", "/open/x?", onward: "/open/x?"),
        target("two question marks", "/open/x??y?", onward: "/open/x??y?"),
        forwarded(
            "a host with a port", "RFC 9110 §7.2", "GET /open/x HTTP/1.1\r\nHost: A.b-c_d:08080\r\n\r\n",
            ["GET /open/x HTTP/1.1", "Host: A.b-c_d:08080"]),
        forwarded(
            "a host that is an IPv6 address", "RFC 3986 §3.2.2",
            "GET http://[::FF]:80/open/x HTTP/1.1\r\nHost: [::ff]:80\r\n\r\n",
            ["GET /open/x HTTP/1.1", "Host: [::ff]:80"]),
        turnedDown(
            "OPTIONS of everything", "RFC 9112 §3.2.4", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 404,
            "not-found"),
        turnedDown(
            "a path that no route has", "RFC 9110 §15.5.5", "GET /none HTTP/1.1\r\nHost: a\r\n\r\n", 404,
            "not-found"),
        turnedDown(
            "an encoded path of a route that needs a session", "RFC 3986 §6.2.2",
            "GET /%61pi/x HTTP/1.1\r\nHost: a\r\n\r\n", 401, "unauthenticated"),
    ]

    private static func target(_ name: String, _ target: String, onward: String) -> FramingCase {
        forwarded(
            name, "RFC 9112 §3.2", "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n",
            ["GET \(onward) HTTP/1.1", "Host: a"])
    }
}
