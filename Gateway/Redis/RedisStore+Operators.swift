import Foundation
package import GatewayCore

extension RedisStore: OverrideStore {
    package func set(
        _ override: LimitOverride, for span: Duration, most: Int
    ) async throws(StoreFault) -> LimitOverride? {
        guard let json = try? JSONEncoder().encode(override) else {
            throw .unexpected("override_set: not to be written")
        }
        let command = RedisCommand(
            .overrideSet, keys: [keys.overrides],
            [
                override.target.field, String(decoding: json, as: UTF8.self),
                String(span.wholeMicroseconds), String(most),
            ])
        guard let times = try await run(command, repeatable: true).text else {
            throw .unexpected("override_set: not what it replies")
        }
        let moments = times.split(separator: " ").compactMap { Int64($0) }
        guard moments.count == 2 else { return nil }
        var made = override
        made.setAt = Timestamp(microseconds: moments[0])
        made.until = Timestamp(microseconds: moments[1])
        return made
    }

    package func overrides() async throws(StoreFault) -> (overrides: [LimitOverride], now: Timestamp) {
        let replies = try await run(
            [RedisCommand("TIME"), RedisCommand("HVALS", keys.overrides)], repeatable: true)
        let now = Timestamp(microseconds: try Self.clock(replies[0]))
        let values = replies[1].list?.compactMap(\.text) ?? []
        let overrides = values.compactMap(Self.override).filter { $0.until > now }
        return (overrides.sorted { $0.target.field < $1.target.field }, now)
    }

    /// What a value of the hash holds; nil for what a later version may have put there.
    private static func override(_ value: String) -> LimitOverride? {
        let parts = value.split(separator: " ", maxSplits: 2)
        guard parts.count == 3, let setAt = Int64(parts[0]), let until = Int64(parts[1]),
            var override = try? JSONDecoder().decode(LimitOverride.self, from: Data(parts[2].utf8))
        else { return nil }
        override.setAt = Timestamp(microseconds: setAt)
        override.until = Timestamp(microseconds: until)
        return override
    }

    package func clear(_ target: LimitOverride.Target?) async throws(StoreFault) -> Int {
        let known = try await overrides().overrides.filter { target == nil || $0.target == target }
        guard !known.isEmpty else { return 0 }
        let fields = known.map(\.target.field)
        let reply = try await run(RedisCommand(words: ["HDEL", keys.overrides] + fields), repeatable: true)
        return Int(reply.integer ?? 0)
    }
}

extension RedisStore: RecordStore {
    package func keep(_ records: [RequestRecord], bounds: RecordBounds) {
        var words = [String(bounds.count), String(bounds.bytes), String(bounds.lifetime.wholeMilliseconds)]
        for record in records {
            words.append(record.id)
            words.append(record.text)
        }
        connection.tell(RedisCommand(.recordsKeep, keys: keys.records, words))
    }

    package func record(_ id: String, lifetime: Duration) async throws(StoreFault) -> RequestRecord? {
        let replies = try await run(
            [
                RedisCommand("TIME"), RedisCommand("HGET", keys.records[0], id),
                RedisCommand("ZSCORE", keys.records[1], id),
            ], repeatable: true)
        let oldest = try Self.clock(replies[0]) / 1_000 - lifetime.wholeMilliseconds
        guard let text = replies[1].text, let keptAt = replies[2].text.flatMap(Double.init),
            Int64(keptAt) > oldest
        else { return nil }
        return RequestRecord(text)
    }
}
