package import ServiceCore

/// The families of metrics that the proxy shows, in the order in which they are shown.
package enum GatewayFamilies {
    static let requests = MetricFamily(
        "fillgate_requests_total", .counter,
        "Requests that were answered or given up, by route and by the first digit of the status.",
        labels: ["route", "status_class"])
    static let refusals = MetricFamily(
        "fillgate_refusals_total", .counter,
        "Requests with a refusal's code in the access log, with the rate-limit policy that was the reason.",
        labels: ["code", "policy", "route"])
    static let decisions = MetricFamily(
        "fillgate_limit_decisions_total", .counter,
        "What each rate-limit policy said of a request; shadow policies have decisions of their own.",
        labels: ["policy", "route", "decision"])
    static let fallbacks = MetricFamily(
        "fillgate_limit_fallbacks_total", .counter,
        "What each rate-limit policy did while the store was away: limit locally, allow, deny.",
        labels: ["policy", "route", "action"])
    static let rememberedRefusals = MetricFamily(
        "fillgate_limit_refusals_from_memory_total", .counter,
        "Requests that were refused without asking Redis, as the policy was known to be exhausted.",
        labels: ["policy", "route"])
    static let rememberedKeys = MetricFamily(
        "fillgate_limit_memory_keys", .gauge, "Keys that the loops remember to be over their limit.")
    static let leases = MetricFamily(
        "fillgate_limit_leases", .gauge,
        "Places that requests under way hold in Redis, under policies that bound them.")
    static let records = MetricFamily(
        "fillgate_request_records_total", .counter,
        "Records of requests for 'fillgate trace': handed to Redis, or dropped as there were too many a second.",
        labels: ["outcome"])
    static let receivedBytes = MetricFamily(
        "fillgate_received_bytes_total", .counter, "Bytes of HTTP/1.1 received from clients with requests.")
    static let sentBytes = MetricFamily(
        "fillgate_sent_bytes_total", .counter, "Bytes of HTTP/1.1 sent to clients in answers.")
    static let requestDuration = MetricFamily(
        "fillgate_request_duration_seconds", .histogram,
        "From the last byte of a request's head to the end of its answer; upgraded connections left out.")
    static let gatewayDuration = MetricFamily(
        "fillgate_gateway_duration_seconds", .histogram,
        "The gateway's own share of a request: neither the upstream's time nor Redis's.")
    static let upstreamDuration = MetricFamily(
        "fillgate_upstream_duration_seconds", .histogram,
        "The upstream's share of a request, waiting for a place and for a connection included.",
        labels: ["upstream"])
    static let redisDuration = MetricFamily(
        "fillgate_redis_duration_seconds", .histogram,
        "Redis's share of a request that asked for its session or its limits.")
    static let connectionsOpen = MetricFamily(
        "fillgate_connections_open", .gauge, "Client connections that are open.")
    static let connectionsAccepted = MetricFamily(
        "fillgate_connections_accepted_total", .counter, "Client connections that were let in.")
    static let connectionsRefused = MetricFamily(
        "fillgate_connections_refused_total", .counter,
        "Client connections over a bound: told so with 503, or closed when too many were being told.",
        labels: ["answer"])
    static let handshakes = MetricFamily(
        "fillgate_tls_handshakes_total", .counter, "TLS handshakes with clients that began.")
    static let handshakeFailures = MetricFamily(
        "fillgate_tls_handshake_failures_total", .counter,
        "TLS handshakes with clients that came to nothing.",
        labels: ["reason"])
    static let proxyHeaders = MetricFamily(
        "fillgate_proxy_headers_refused_total", .counter,
        "Connections without the PROXY header that they should have begun with.")
    static let http2Connections = MetricFamily(
        "fillgate_http2_connections_total", .counter, "Client connections that speak HTTP/2.")
    static let http2Streams = MetricFamily(
        "fillgate_http2_streams_total", .counter, "Streams that clients opened.")
    static let http2StreamsRefused = MetricFamily(
        "fillgate_http2_streams_refused_total", .counter,
        "Streams that were refused: malformed, or beyond what may be under way.", labels: ["reason"])
    static let http2Resets = MetricFamily(
        "fillgate_http2_resets_total", .counter, "Streams that clients reset.")
    static let http2Ended = MetricFamily(
        "fillgate_http2_connections_ended_total", .counter,
        "HTTP/2 connections ended for what the client did: a flood of frames, an error, a slow header block.",
        labels: ["reason"])
    static let tasks = MetricFamily(
        "fillgate_connection_tasks", .gauge, "Connections that are being served, by event loop.",
        labels: ["loop"])
    static let upstreamInUse = MetricFamily(
        "fillgate_upstream_requests", .gauge, "Requests that hold a place at the upstream.",
        labels: ["upstream"])
    static let upstreamQueued = MetricFamily(
        "fillgate_upstream_queued_requests", .gauge, "Requests that wait for a place at the upstream.",
        labels: ["upstream"])
    static let upstreamIdle = MetricFamily(
        "fillgate_upstream_idle_connections", .gauge, "Connections to the upstream that wait for a request.",
        labels: ["upstream"])
    static let upstreamAddresses = MetricFamily(
        "fillgate_upstream_addresses", .gauge,
        "Addresses of the upstream, as the event loop sees them that can use the fewest.",
        labels: ["upstream", "state"])
    static let upstreamBreaker = MetricFamily(
        "fillgate_upstream_breaker_loops", .gauge,
        "Event loops whose circuit breaker for the upstream is in that state.", labels: ["upstream", "state"])
    static let upstreamConnects = MetricFamily(
        "fillgate_upstream_connects_total", .counter, "Connections to the upstream that were opened.",
        labels: ["upstream"])
    static let upstreamConnectFailures = MetricFamily(
        "fillgate_upstream_connect_failures_total", .counter,
        "Attempts to connect to the upstream that failed.", labels: ["upstream"])
    static let upstreamRetries = MetricFamily(
        "fillgate_upstream_retries_total", .counter,
        "Requests that were sent again because a kept connection was dead.", labels: ["upstream"])
    static let upstreamEjections = MetricFamily(
        "fillgate_upstream_ejections_total", .counter,
        "Times that an address was spared requests for a while because it failed.", labels: ["upstream"])
    static let upstreamOpenings = MetricFamily(
        "fillgate_upstream_breaker_openings_total", .counter,
        "Times that the circuit breaker for the upstream opened.", labels: ["upstream"])
    static let sessionCacheLookups = MetricFamily(
        "fillgate_session_cache_lookups_total", .counter,
        "Whether it was known beforehand whose session a request shows, so that one flight was enough.",
        labels: ["result"])
    static let sessionCacheEntries = MetricFamily(
        "fillgate_session_cache_entries", .gauge, "Sessions that the loops remember.")
    static let sessionsFromMemory = MetricFamily(
        "fillgate_sessions_from_memory_total", .counter,
        "Requests served by a session from memory because the store was away.")
    static let localKeys = MetricFamily(
        "fillgate_local_limiter_keys", .gauge,
        "Subjects that the loops limit by themselves, since the store was away.")
    static let storeFaults = MetricFamily(
        "fillgate_store_faults_total", .counter, "Requests whose question the store did not answer.",
        labels: ["reason"])
    static let redisConnected = MetricFamily(
        "fillgate_redis_connected", .gauge, "Whether the event loop's connection to Redis is up.",
        labels: ["loop"])
    static let redisBreaker = MetricFamily(
        "fillgate_redis_breaker_state", .gauge,
        "1 for the state that the event loop's circuit breaker is in, 0 for the others.",
        labels: ["loop", "state"])
    static let redisConnections = MetricFamily(
        "fillgate_redis_connections_total", .counter, "Connections to Redis that were made.")
    static let redisConnectionFailures = MetricFamily(
        "fillgate_redis_connection_failures_total", .counter,
        "Connections to Redis that came to nothing or were lost.")
    static let redisFlights = MetricFamily(
        "fillgate_redis_flights", .gauge, "Flights to Redis whose replies are still to come.")
    static let redisUnanswered = MetricFamily(
        "fillgate_redis_unanswered_total", .counter,
        "Flights to Redis that had no reply within the deadline.")
    static let redisScripts = MetricFamily(
        "fillgate_redis_scripts_forgotten_total", .counter,
        "Times that Redis had forgotten a script and was sent it again.")
    static let credentialChecks = MetricFamily(
        "fillgate_credential_checks_total", .counter,
        "Passwords that were checked, for logins and changes of the password, by outcome.",
        labels: ["outcome"])
    static let loopLag = MetricFamily(
        "fillgate_loop_lag_seconds", .histogram,
        "How late the event loop did what was due, ten times a second.",
        labels: ["loop"])
    static let loopLagMost = MetricFamily(
        "fillgate_loop_lag_max_seconds", .gauge,
        "The event loop's longest lag within the last one to two minutes.", labels: ["loop"])
    static let loopProcessor = MetricFamily(
        "fillgate_loop_cpu_seconds_total", .counter, "Processor time of the event loop's thread.",
        labels: ["loop"])
    static let draining = MetricFamily(
        "fillgate_draining", .gauge, "1 once the worker takes nothing new, 0 before.")
    static let scrapeIncomplete = MetricFamily(
        "fillgate_scrape_incomplete_total", .counter,
        "Event loops that did not answer a scrape in time; their last answers stood in.")

    /// All of them.
    package static let all = [
        requests, refusals, decisions, fallbacks, rememberedRefusals, rememberedKeys, leases, records,
        receivedBytes,
        sentBytes,
        requestDuration, gatewayDuration,
        upstreamDuration, redisDuration, connectionsOpen, connectionsAccepted, connectionsRefused, handshakes,
        handshakeFailures, proxyHeaders, http2Connections, http2Streams, http2StreamsRefused, http2Resets,
        http2Ended, tasks,
        upstreamInUse, upstreamQueued, upstreamIdle, upstreamAddresses, upstreamBreaker, upstreamConnects,
        upstreamConnectFailures, upstreamRetries, upstreamEjections, upstreamOpenings, sessionCacheLookups,
        sessionCacheEntries,
        sessionsFromMemory, localKeys, storeFaults, redisConnected, redisBreaker, redisConnections,
        redisConnectionFailures, redisFlights, redisUnanswered, redisScripts, credentialChecks,
        loopLag, loopLagMost, loopProcessor, draining, scrapeIncomplete,
    ]
}
