package import GatewayCore

extension PasswordService {
    /// The service of one worker process: `hasher` on `pool`. Any number of event loops share it.
    package init(hasher: PasswordHasher, pool: HashingPool) {
        self.init(
            verify: { password, hash throws(HashingFault) in
                try await pool.run { () throws(HashingFault) in try hasher.verify(password, against: hash) }
            },
            hash: { password throws(HashingFault) in
                try await pool.run { () throws(HashingFault) in try hasher.hash(password) }
            },
            needsRehash: { hasher.needsRehash($0) },
            hasRoom: { pool.hasRoom }, dummyHash: hasher.dummy)
    }
}
