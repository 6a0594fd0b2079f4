extension MemoryStore: SecondFactorStore {
    package func offerSecondFactor(
        _ secret: SealedSecret, to account: Account, for lifetime: Duration
    ) async throws(StoreFault) -> Bool {
        let end = now + lifetime
        return update(account.email, account.id) {
            $0.offeredSecret = secret
            $0.offerEndsAt = end
            return true
        }
    }

    package func confirmSecondFactor(
        _ factor: SecondFactor, of account: Account
    ) async throws(StoreFault) -> Bool {
        let now = now
        return update(account.email, account.id) {
            guard $0.offeredSecret == factor.secret, let end = $0.offerEndsAt, now < end else { return false }
            $0.forgetOffer()
            $0.secondFactor = factor
            return true
        }
    }

    package func useSecondFactor(
        _ use: SecondFactorUse, of email: EmailAddress, _ user: UserID?
    ) async throws(StoreFault) -> Bool {
        update(email, user) { account in
            guard let factor = account.secondFactor else { return false }
            switch use {
            case .nothing: return false
            case .step(let step):
                guard step > factor.lastStep else { return false }
                account.secondFactor?.lastStep = step
                return true
            case .recovery(let digest):
                account.secondFactor?.recovery.removeAll { $0 == digest }
                return factor.recovery.contains(digest)
            }
        }
    }

    package func removeSecondFactor(of account: Account) async throws(StoreFault) -> Bool {
        update(account.email, account.id) { account in
            let wasThere = account.secondFactor != nil || account.offeredSecret != nil
            account.secondFactor = nil
            account.forgetOffer()
            return wasThere
        }
    }

    private func update(
        _ email: EmailAddress, _ user: UserID?, _ change: (inout Account) -> Bool
    ) -> Bool {
        guard var account = accounts[email], account.id == user else { return false }
        defer { accounts[email] = account }
        return change(&account)
    }
}
