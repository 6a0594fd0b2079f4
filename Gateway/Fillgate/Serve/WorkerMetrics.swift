import GatewayCore
import GatewayPasswords
import GatewayProxy
import GatewayRedis
import ServiceCore

/// A worker's answer to a scrape: the gateway's families and those of the process around it.
struct WorkerMetrics: Sendable {
    let gateway: GatewayScrape
    let hashing: HashingPool
    let news: NewsChannel.Tally
    let reloads: ReloadTally
    let log: AccessLogSink
    let overrides: OverrideWatch
    let audit: AuditTrail

    /// Everything that a scrape shows, in its order.
    static let families =
        GatewayFamilies.all + [
            hashingThreads, hashingBusy, hashingQueued, hashingQueueBound, hashingRejected, newsLive,
            newsLosses, endingsHeard, logLinesDropped, auditEvents, auditWaiting, auditLost, reloaded,
            lastReload, overridden, build,
        ] + ProcessUsage.families

    private static let hashingThreads = MetricFamily(
        "fillgate_hashing_threads", .gauge, "Threads that hash passwords.")
    private static let hashingBusy = MetricFamily(
        "fillgate_hashing_busy_threads", .gauge, "Threads that hash a password now.")
    private static let hashingQueued = MetricFamily(
        "fillgate_hashing_queued_jobs", .gauge, "Passwords that wait for a thread.")
    private static let hashingQueueBound = MetricFamily(
        "fillgate_hashing_queue_bound", .gauge, "Passwords that may wait for a thread.")
    private static let hashingRejected = MetricFamily(
        "fillgate_hashing_rejected_total", .counter,
        "Passwords that were not hashed: the queue was full, or the wait in it too long.", labels: ["reason"])
    private static let newsLive = MetricFamily(
        "fillgate_news_connected", .gauge,
        "Whether this worker hears of sessions and API keys that end elsewhere; while it does not, it serves "
            + "none from memory.")
    private static let newsLosses = MetricFamily(
        "fillgate_news_losses_total", .counter, "Times that it ceased to hear of them.")
    private static let endingsHeard = MetricFamily(
        "fillgate_news_endings_total", .counter, "Sessions and API keys whose end was heard of.")
    private static let logLinesDropped = MetricFamily(
        "fillgate_log_lines_dropped_total", .counter,
        "Lines of the log that were dropped because nobody took them in time.")
    private static let auditEvents = MetricFamily(
        "fillgate_audit_events_total", .counter, "Security events, by kind.", labels: ["kind"])
    private static let auditWaiting = MetricFamily(
        "fillgate_audit_waiting_events", .gauge, "Security events that wait to be written to Redis.")
    private static let auditLost = MetricFamily(
        "fillgate_audit_lost_events_total", .counter,
        "Security events that are in the log only, because too many waited for Redis.")
    private static let reloaded = MetricFamily(
        "fillgate_config_reloads_total", .counter, "Times that the configuration was read anew, by result.",
        labels: ["result"])
    private static let lastReload = MetricFamily(
        "fillgate_config_last_success_timestamp_seconds", .gauge,
        "When the configuration in use was put to use, in seconds since 1970.")
    private static let overridden = MetricFamily(
        "fillgate_overrides", .gauge,
        "1 for each policy and route that an operator has changed for a while, until that ends.",
        labels: ["kind", "name"])
    private static let build = MetricFamily(
        "fillgate_build_info", .gauge, "1, with the version of the program.", labels: ["version"])

    /// The scrape's text.
    func text() async -> [UInt8] {
        var text = MetricsText()
        await gateway.write(to: &text)
        let load = hashing.load
        text.single(Self.hashingThreads, .count(hashing.size.workers))
        text.single(Self.hashingBusy, .count(load.working))
        text.single(Self.hashingQueued, .count(load.waiting))
        text.single(Self.hashingQueueBound, .count(hashing.size.queue))
        let rejected = hashing.rejected
        text.begin(Self.hashingRejected)
        text.sample(.count(rejected.full), "full")
        text.sample(.count(rejected.overdue), "overdue")
        text.single(Self.newsLive, .count(news.isLive ? 1 : 0))
        text.single(Self.newsLosses, .count(news.losses))
        text.single(Self.endingsHeard, .count(news.heard))
        text.single(Self.logLinesDropped, .count(log.dropped))
        let audit = audit.counts
        text.begin(Self.auditEvents)
        for (kind, count) in audit.events { text.sample(.count(count), kind.rawValue) }
        text.single(Self.auditWaiting, .count(audit.waiting))
        text.single(Self.auditLost, .count(audit.lost))
        let reloads = reloads.counts
        text.begin(Self.reloaded)
        text.sample(.count(reloads.succeeded), "succeeded")
        text.sample(.count(reloads.failed), "failed")
        text.single(Self.lastReload, .microseconds(Int(reloads.lastSuccess.microseconds)))
        text.begin(Self.overridden)
        for override in overrides.inForce {
            text.sample(.count(1), override.subject.kind, override.subject.name)
        }
        text.begin(Self.build)
        text.sample(.count(1), Version.current)
        ProcessUsage.write(to: &text)
        return text.bytes
    }
}
