extension FramingCase {
    private static let token = String(repeating: "t", count: 43)

    /// Fields that a client may send and that no upstream may see, or not as they are.
    static let droppedFields: [FramingCase] = [
        passing(
            "an underscore that makes a coding", "CGI names, RFC 3875 §4.1.18", "Transfer_Encoding: chunked"),
        passing("an underscore that makes a length", "CGI names", "Content_Length: 99"),
        passing(
            "an underscore that makes a host", "CGI names", "Host_: b\r\nX_Forwarded_Host: b", ["Host_: b"]),
        passing(
            "underscores that make an address", "CGI names",
            "X_Forwarded_For: 6.6.6.6\r\nX-Forwarded_For: 6.6.6.6\r\nx_Real-ip: 6.6.6.6"),
        passing(
            "underscores that make an identity", "CGI names",
            "X_Fillgate_Assertion: forged\r\nREMOTE_USER: root\r\nX_Auth_Request_Email: root"),
        passing("underscores that make a request ID", "CGI names", "X_Request_ID: 12345678"),
        passing("underscores that make credentials", "CGI names", "Proxy_Authorization: Basic x"),
        passing("an underscore in a harmless name", "RFC 9110 §5.1", "my_field: y", ["my_field: y"]),
        passing(
            "a statement of who asks", "identity",
            "X-Fillgate-Assertion: forged\r\nx-fillgate-user: root\r\nX-FILLGATE-: y"),
        passing(
            "identities that others believe", "identity",
            "X-Auth-Request-User: root\r\nX-User: root\r\nX-User-ID: 1\r\n"
                + "X-User-Email: a@b\r\nRemote-User: root\r\n"
                + "X-Remote-User: root\r\nX-Authenticated-User: root\r\nX-WebAuth-User: root\r\n"
                + "Remote-Email: a@b\r\nRemote-Groups: root\r\nRemote_Name: r"
        ),
        passing(
            "addresses that others believe", "identity",
            "X-Real-IP: 6.6.6.6\r\nX-Client-IP: 6.6.6.6\r\nTrue-Client-IP: 6.6.6.6\r\n"
                + "CF-Connecting-IP: 6.6.6.6\r\nX-Cluster-Client-IP: 6.6.6.6\r\n"
                + "X-Original-Forwarded-For: 6.6.6.6"
        ),
        passing(
            "where it came from", "RFC 7239",
            "Forwarded: for=6.6.6.6\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n"
                + "X-Forwarded-Host: b\r\nX-Forwarded-Port: 1\r\nX-Forwarded-Prefix: /b\r\n"
                + "X-Forwarded-Ssl: on"
        ),
        passing(
            "targets that others believe", "path confusion",
            "X-Original-URL: /admin/x\r\nX-Rewrite-URL: /admin/x\r\nX_Original_URL: /admin/x"),
        passing("a request ID of a stranger", "request ID", "X-Request-ID: 12345678"),
        passing(
            "fields of this hop", "RFC 9110 §7.6.1",
            "Keep-Alive: timeout=9\r\nTE: trailers\r\nTrailer: X\r\n"
                + "Proxy-Connection: close\r\nProxy-Authorization: Basic x\r\nProxy-Authenticate: Basic"
        ),
        passing(
            "a field that Connection names", "RFC 9110 §7.6.1",
            "Connection: keep-alive, X-Hop\r\nx-hop: y\r\nX-Hop: z\r\nX-End: y", ["X-End: y"]),
        passing(
            "fields that Connection may not take away", "hop-by-hop abuse",
            "Connection: Cookie, Content-Type, Host, X-Forwarded-For\r\nCookie: a=b\r\nContent-Type: x",
            ["Cookie: a=b", "Content-Type: x"]),
        passing(
            "an upgrade to HTTP/2 in clear", "h2c smuggling",
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__"),
        passing("a cookie of ours", "consumed credential", "Cookie: fillgate=\(token)"),
        passing(
            "a cookie of ours among others", "consumed credential",
            "Cookie: a=b; __Host-fillgate=\(token); c=d", ["Cookie: a=b; c=d"]),
        passing(
            "cookies of ours in two lines", "consumed credential",
            "Cookie: fillgate=\(token)\r\nCookie: __Host-fillgate=x; e=f", ["Cookie: e=f"]),
        passing(
            "the cookies that tell known devices", "consumed credential, pain 21",
            "Cookie: __Host-fillgate-device=1.x; a=b; fillgate-device=1.x; fillgate-devices=y",
            ["Cookie: a=b; fillgate-devices=y"]),
        passing("a bearer token of ours", "consumed credential", "Authorization: bearer   \(token)"),
        passing(
            "a bearer token of ours beside another", "consumed credential",
            "Authorization: Basic eDp5\r\nAuthorization: Bearer \(token)", ["Authorization: Basic eDp5"]),
        passing(
            "credentials that are not ours", "foreign credential",
            "Authorization: Basic eDp5\r\nCookie: notfillgate=1",
            ["Authorization: Basic eDp5", "Cookie: notfillgate=1"]),
    ]
}
