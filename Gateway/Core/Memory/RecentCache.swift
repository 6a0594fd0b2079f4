/// A dictionary that holds at most `capacity` entries and lets go of those that were not used lately.
///
/// It keeps two generations: an entry is written to, and on use moves to, the young one; when that holds
/// half the capacity, it becomes the old one, and what the old one held is forgotten. Every operation costs
/// one or two look-ups, and there is no list to keep in order. It is inlinable because a generic type that is
/// not specialised where it is used would cost every request a dozen allocations.
package struct RecentCache<Key: Hashable, Value> {
    @usableFromInline var young: [Key: Value] = [:]
    @usableFromInline var old: [Key: Value] = [:]
    @usableFromInline let half: Int

    /// `capacity` is at least 2.
    @inlinable package init(capacity: Int) { half = max(1, capacity / 2) }

    @inlinable package var count: Int { young.count + old.count }

    /// The value kept for `key`, which counts as used. Setting nil forgets it.
    @inlinable package subscript(key: Key) -> Value? {
        mutating get {
            if let value = young[key] { return value }
            guard let value = old.removeValue(forKey: key) else { return nil }
            insert(value, for: key)
            return value
        }
        set {
            old.removeValue(forKey: key)
            if let newValue { insert(newValue, for: key) } else { young.removeValue(forKey: key) }
        }
    }

    @inlinable mutating func insert(_ value: Value, for key: Key) {
        if young.count >= half, young[key] == nil {
            swap(&young, &old)
            young.removeAll(keepingCapacity: true)
        }
        young[key] = value
    }
}
