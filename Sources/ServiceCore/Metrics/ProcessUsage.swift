import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// What this process takes of its machine, under the names that Prometheus's own clients give it. Read from
/// `/proc`, so for Linux; what cannot be read is left out.
package struct ProcessUsage: Sendable {
    package static let families = [
        processorTime, residentMemory, virtualMemory, openFiles, mostFiles, startTime,
    ]

    private static let processorTime = MetricFamily(
        "process_cpu_seconds_total", .counter, "Processor time of the process, in user and kernel mode.")
    private static let residentMemory = MetricFamily(
        "process_resident_memory_bytes", .gauge, "Memory of the process that is resident.")
    private static let virtualMemory = MetricFamily(
        "process_virtual_memory_bytes", .gauge, "Address space of the process.")
    private static let openFiles = MetricFamily(
        "process_open_fds", .gauge, "File descriptors that are open.")
    private static let mostFiles = MetricFamily(
        "process_max_fds", .gauge, "File descriptors that may be open.")
    private static let startTime = MetricFamily(
        "process_start_time_seconds", .gauge, "When the process began, in seconds since 1970.")

    /// Writes what there is to know now.
    package static func write(to text: inout MetricsText) {
        var usage = rusage()
        let hasUsage = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0
        show(
            processorTime, hasUsage ? .microseconds(span(usage.ru_utime) + span(usage.ru_stime)) : nil,
            to: &text)
        let pages = words("/proc/self/statm").compactMap { Int($0) }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        show(residentMemory, pages.count > 1 ? .count(pages[1] * page) : nil, to: &text)
        show(virtualMemory, pages.first.map { .count($0 * page) }, to: &text)
        let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        // One of them is the directory that was read.
        show(openFiles, files.map { .count(max(0, $0 - 1)) }, to: &text)
        var limit = rlimit()
        let hasLimit = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        show(mostFiles, hasLimit ? .count(Int(clamping: limit.rlim_cur)) : nil, to: &text)
        show(startTime, begin.map { .microseconds($0) }, to: &text)
    }

    private static func show(_ family: MetricFamily, _ value: MetricsText.Value?, to text: inout MetricsText)
    {
        text.begin(family)
        if let value { text.sample(value) }
    }

    private static func span(_ time: timeval) -> Int { Int(time.tv_sec) * 1_000_000 + Int(time.tv_usec) }

    /// Microseconds since 1970: the machine's start and the process's, which is counted in ticks since then
    /// (proc(5)).
    private static let begin: Int? = {
        // The second word is the program's name in parentheses, which may hold anything.
        guard let stat = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            let end = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        let boot = words("/proc/stat")
        guard fields.count > 19, let ticks = Int(fields[19]), let label = boot.firstIndex(of: "btime"),
            let seconds = Int(boot[label + 1])
        else { return nil }
        return seconds * 1_000_000 + ticks * 1_000_000 / max(1, Int(sysconf(Int32(_SC_CLK_TCK))))
    }()

    private static func words(_ path: String) -> [Substring] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return text.split(whereSeparator: \.isWhitespace)
    }
}
