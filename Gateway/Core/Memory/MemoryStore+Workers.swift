extension MemoryStore: WorkerStore {
    package func keep(_ report: WorkerReport, for lifetime: Duration) async throws(StoreFault) {
        let now = now
        workers = workers.filter { $0.value.until > now }
        workers[report.worker] = (report, now + lifetime)
        if workers.count > 64, let first = workers.min(by: { $0.value.until < $1.value.until }) {
            workers[first.key] = nil
        }
    }

    package func workerReports() async throws(StoreFault) -> [WorkerReport] {
        let now = now
        return workers.values.filter { $0.until > now }.map(\.report).sorted { $0.worker < $1.worker }
    }
}
