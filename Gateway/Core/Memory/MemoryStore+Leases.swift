extension MemoryStore: LeaseStore {
    package func take(
        _ leases: [(lease: Lease, most: Int64)], for span: Duration
    ) async throws(StoreFault) -> [LeaseAnswer] {
        let now = now
        return leases.map { lease, most in
            let name = LimitName(policy: lease.policy, subject: lease.subject)
            var held = self.leases[name, default: [:]].filter { $0.value > now }
            defer { self.leases[name] = held.isEmpty ? nil : held }
            guard held[lease.id] != nil || held.count < most else {
                return LeaseAnswer(isGranted: false, inFlight: Int64(held.count))
            }
            held[lease.id] = now + span
            return LeaseAnswer(isGranted: true, inFlight: Int64(held.count))
        }
    }

    package func renew(_ leases: [Lease], for span: Duration) {
        let until = now + span
        for lease in leases {
            self.leases[LimitName(policy: lease.policy, subject: lease.subject), default: [:]][lease.id] =
                until
        }
    }

    package func release(_ leases: [Lease]) {
        for lease in leases {
            self.leases[LimitName(policy: lease.policy, subject: lease.subject)]?[lease.id] = nil
        }
    }

    package func held(_ leases: [Lease]) async throws(StoreFault) -> [Int] {
        let now = now
        return leases.map { lease in
            let name = LimitName(policy: lease.policy, subject: lease.subject)
            return self.leases[name, default: [:]].values.count { $0 > now }
        }
    }

    package func forget(_ leases: [Lease]) async throws(StoreFault) -> Int {
        let now = now
        return leases.reduce(0) { count, lease in
            let name = LimitName(policy: lease.policy, subject: lease.subject)
            return count + (self.leases.removeValue(forKey: name)?.values.count { $0 > now } ?? 0)
        }
    }
}
