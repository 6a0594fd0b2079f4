import ServiceCore
import TestSupport
import Testing

@Suite("Metrics as text")
struct MetricsTextTests {
    private static func text(_ metrics: MetricsText) -> String {
        String(decoding: metrics.bytes, as: UTF8.self)
    }

    @Test("families come in the order in which they were written, each announced once")
    func order() {
        var metrics = MetricsText()
        metrics.begin(MetricFamily("b_total", .counter, "Second in the alphabet.", labels: ["x", "y"]))
        metrics.sample(.count(3), "1", "2")
        metrics.sample(.count(4), "0", "2")
        metrics.single(MetricFamily("a_seconds", .gauge, "First in the alphabet."), .microseconds(1_500_000))
        metrics.begin(MetricFamily("empty", .gauge, "Nothing yet."))
        #expect(
            Self.text(metrics) == """
                # HELP b_total Second in the alphabet.
                # TYPE b_total counter
                b_total{x="1",y="2"} 3
                b_total{x="0",y="2"} 4
                # HELP a_seconds First in the alphabet.
                # TYPE a_seconds gauge
                a_seconds 1.5
                # HELP empty Nothing yet.
                # TYPE empty gauge

                """)
    }

    @Test("seconds are exact to the microsecond and as short as they can be")
    func seconds() throws {
        var metrics = MetricsText()
        metrics.begin(MetricFamily("s", .gauge, "Seconds.", labels: ["n"]))
        let expected = [
            0: "0", 1: "0.000001", 250: "0.00025", 999_999: "0.999999", 1_000_000: "1", 2_500_000: "2.5",
            30_000_000: "30", -1: "-0.000001", -2_500_000: "-2.5", 1_795_300_000_123_456: "1795300000.123456",
        ]
        for span in expected.keys.sorted() { metrics.sample(.microseconds(span), String(span)) }
        for line in Self.text(metrics).split(separator: "\n").dropFirst(2) {
            let parts = line.split(separator: " ")
            let span = try #require(Int(parts[0].dropFirst(5).dropLast(2)))
            #expect(String(parts[1]) == expected[span])
        }
    }

    @Test(
        "what a label or a help text holds comes back as it was, quotes, backslashes and line feeds included")
    func escaping() throws {
        let awkward = [
            "", "\"", "\\", "\n", "a\"b\\c\nd", "{}", ",", "x=\"1\"", "\\n", "ä €", "# TYPE x gauge",
        ]
        var metrics = MetricsText()
        metrics.begin(MetricFamily("odd", .gauge, "A \"quoted\" \\ help\nof two lines.", labels: ["text"]))
        for (number, text) in awkward.enumerated() { metrics.sample(.count(number), text) }
        let read = try #require(try Exposition(Self.text(metrics)).family("odd"))
        #expect(read.help == "A \"quoted\" \\ help\nof two lines.")
        #expect(read.samples.map { $0.labels["text"] } == awkward)
        #expect(read.samples.map(\.value) == awkward.indices.map(Double.init))
    }

    @Test("a histogram's buckets add up, end with +Inf, and agree with count and sum")
    func histogram() throws {
        var histogram = Histogram(Histogram.Bounds([100, 1_000, 1_000_000]))
        for span in [1, 100, 101, 5_000, 2_000_000] { histogram.record(microseconds: span) }
        var metrics = MetricsText()
        metrics.begin(MetricFamily("h_seconds", .histogram, "Spans.", labels: ["of"]))
        metrics.histogram(histogram, "this")
        metrics.histogram(Histogram(histogram.bounds), "that")
        let read = try Exposition(Self.text(metrics))
        func bucket(_ le: String) -> Double? { read.value("h_seconds_bucket", ["of": "this", "le": le]) }
        #expect(bucket("0.0001") == 2 && bucket("0.001") == 3 && bucket("1") == 4 && bucket("+Inf") == 5)
        #expect(read.value("h_seconds_count", ["of": "this"]) == 5)
        #expect(read.value("h_seconds_sum", ["of": "this"]) == 2.005202)
        #expect(read.value("h_seconds_count", ["of": "that"]) == 0)
    }

    @Test("the process's own numbers are those of this process")
    func process() throws {
        var metrics = MetricsText()
        ProcessUsage.write(to: &metrics)
        let read = try Exposition(Self.text(metrics))
        #expect(read.families.map(\.name) == ProcessUsage.families.map(\.name))
        for family in read.families { #expect(family.samples.count == 1, "\(family.name)") }
        #expect(try #require(read.value("process_resident_memory_bytes")) > 1_000_000)
        let open = try #require(read.value("process_open_fds"))
        let most = try #require(read.value("process_max_fds"))
        #expect(open >= 3 && open <= most)
        // After 2025, and not in the future.
        let start = try #require(read.value("process_start_time_seconds"))
        #expect(start > 1_735_700_000)
    }
}
