extension MemoryStore: OverrideStore {
    package func set(
        _ override: LimitOverride, for span: Duration, most: Int
    ) async throws(StoreFault) -> LimitOverride? {
        var override = override
        override.setAt = now
        override.until = override.setAt + span
        operatorOverrides.removeAll { $0.until <= override.setAt || $0.target == override.target }
        guard operatorOverrides.count < most else { return nil }
        operatorOverrides.append(override)
        return override
    }

    package func overrides() async throws(StoreFault) -> (overrides: [LimitOverride], now: Timestamp) {
        let now = now
        let inForce = operatorOverrides.filter { $0.until > now }
        return (inForce.sorted { $0.target.field < $1.target.field }, now)
    }

    package func clear(_ target: LimitOverride.Target?) async throws(StoreFault) -> Int {
        let now = now
        let ended = operatorOverrides.filter { $0.until > now && (target == nil || $0.target == target) }
        operatorOverrides.removeAll { ended.contains($0) }
        return ended.count
    }
}

extension LimitOverride.Target {
    /// Its name in the store: `p NAME` or `r PATTERN`.
    package var field: String {
        switch self {
        case .policy(let name): "p \(name)"
        case .route(let pattern): "r \(pattern)"
        }
    }
}

extension MemoryStore: RecordStore {
    package func keep(_ records: [RequestRecord], bounds: RecordBounds) {
        let now = now
        for record in records {
            self.records.removeAll { $0.record.id == record.id }
            self.records.append((record, now))
        }
        self.records.removeAll { $0.keptAt <= now - bounds.lifetime }
        self.records.removeFirst(max(0, self.records.count - bounds.count))
        while self.records.reduce(0, { $0 + $1.record.text.utf8.count }) > bounds.bytes {
            self.records.removeFirst()
        }
    }

    package func record(_ id: String, lifetime: Duration) async throws(StoreFault) -> RequestRecord? {
        let now = now
        return records.first { $0.record.id == id && $0.keptAt > now - lifetime }?.record
    }
}
