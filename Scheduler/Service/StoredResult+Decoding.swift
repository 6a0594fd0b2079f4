import Foundation
import SchedulerStore

extension StoredResult {
    /// The result of `schedule`, or a part of it, as a value.
    /// - Throws: `StoreFault.damaged` if the document is no such thing.
    func decoded<Value: Decodable>(
        as type: Value.Type = Value.self, of schedule: Schedule
    ) throws(StoreFault) -> Value {
        do { return try JSONDecoder().decode(type, from: document) } catch {
            throw .damaged(what: "the result of schedule \(schedule.id) is not one: \(error)")
        }
    }
}
