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
        "fillgate_tls_handshakes_total", .counter,
        "TLS handshakes that were begun, that failed, and of these those that were too slow.",
        labels: ["state"])
    static let proxyHeaders = MetricFamily(
        "fillgate_proxy_headers_refused_total", .counter,
        "Connections that should have begun with a PROXY header, and did not, or not from a trusted proxy.")
    static let http2Connections = MetricFamily(
        "fillgate_multiplexed_connections_total", .counter, "Connections that speak HTTP/2.")
    static let http2Streams = MetricFamily(
        "fillgate_multiplexed_streams_total", .counter,
        "Streams that became requests, that were malformed or one too many, and that clients reset.",
        labels: ["fate"])
    static let http2Ended = MetricFamily(
        "fillgate_multiplexed_connections_ended_total", .counter,
        "HTTP/2 connections that the gateway ended for floods of frames, errors, or headers without an end.",
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
        "fillgate_upstream_addresses", .gauge, "Addresses of the upstream, counted by each event loop.",
        labels: ["upstream"])
    static let upstreamEjected = MetricFamily(
        "fillgate_upstream_ejected_addresses", .gauge, "Those that are passed over for a while, by loop.",
        labels: ["upstream"])
    static let upstreamUnhealthy = MetricFamily(
        "fillgate_upstream_unhealthy_addresses", .gauge, "Those that the health checks find unwell.",
        labels: ["upstream"])
    static let upstreamBroken = MetricFamily(
        "fillgate_upstream_open_circuits", .gauge, "Event loops whose circuit to the upstream is open.",
        labels: ["upstream"])
    static let upstreamConnects = MetricFamily(
        "fillgate_upstream_connects_total", .counter, "Connections to the upstream that were tried.",
        labels: ["upstream"])
    static let upstreamConnectFailures = MetricFamily(
        "fillgate_upstream_connect_failures_total", .counter, "Those that came to nothing.",
        labels: ["upstream"])
    static let upstreamRetries = MetricFamily(
        "fillgate_upstream_retries_total", .counter, "Requests sent again: their connection was stale.",
        labels: ["upstream"])
    static let upstreamEjections = MetricFamily(
        "fillgate_upstream_ejections_total", .counter, "Times that an event loop ejected an address.",
        labels: ["upstream"])
    static let upstreamOpenings = MetricFamily(
        "fillgate_upstream_circuit_openings_total", .counter, "Times that an event loop's circuit opened.",
        labels: ["upstream"])
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
        requests, refusals, decisions, fallbacks, receivedBytes, sentBytes, requestDuration, gatewayDuration,
        upstreamDuration, redisDuration, connectionsOpen, connectionsAccepted, connectionsRefused, handshakes,
        proxyHeaders, http2Connections, http2Streams, http2Ended, tasks,
        upstreamInUse, upstreamQueued, upstreamIdle, upstreamAddresses, upstreamEjected, upstreamUnhealthy,
        upstreamBroken, upstreamConnects, upstreamConnectFailures, upstreamRetries, upstreamEjections,
        upstreamOpenings, sessionCacheLookups, sessionCacheEntries,
        sessionsFromMemory, localKeys, storeFaults, redisConnected, redisBreaker, redisConnections,
        redisConnectionFailures, redisFlights, redisUnanswered, redisScripts, credentialChecks,
        loopLag, loopLagMost, loopProcessor, draining, scrapeIncomplete,
    ]
}
