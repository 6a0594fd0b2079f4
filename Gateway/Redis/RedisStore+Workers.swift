package import GatewayCore

extension RedisStore: WorkerStore {
    package func keep(_ report: WorkerReport, for lifetime: Duration) async throws(StoreFault) {
        guard let text = report.text else { throw .unexpected("worker_report: not to be written") }
        let command = RedisCommand(
            .workerReport, keys: [keys.report(of: report.worker), keys.allWorkers],
            [report.worker, text, String(lifetime.wholeMilliseconds)])
        _ = try await run(command, repeatable: true)
    }

    package func workerReports() async throws(StoreFault) -> [WorkerReport] {
        let names =
            try await run(
                RedisCommand("ZRANGE", keys.allWorkers, "0", "-1"), repeatable: true
            ).list?.compactMap(\.text).sorted() ?? []
        guard !names.isEmpty else { return [] }
        let reply = try await run(
            RedisCommand(words: ["MGET"] + names.map { keys.report(of: $0) }), repeatable: true)
        return reply.list?.compactMap { $0.text.flatMap(WorkerReport.init) } ?? []
    }
}
