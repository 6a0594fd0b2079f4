import GatewayCore
import GatewayPasswords

/// Taking over accounts: everything is checked before anything is written.
struct AccountImport {
    /// Accounts that go to the store in one flight.
    static let batch = 100
    /// The most lines of one file: what is remembered of each is some 20 bytes.
    static let mostLines = 5_000_000

    struct Outcome: Sendable, Hashable {
        var imported = 0
        var administrators = 0
        var skipped = 0
        /// What the hashes were made by.
        var forms: [String] = []
    }

    let skipExisting: Bool
    let now: Timestamp
    var mostLines = Self.mostLines
    /// Told each fault, in the order of the lines.
    let complain: @Sendable (String) -> Void

    private struct Entry {
        var number: Int
        var line: AccountLine
    }

    /// Reads the whole file and asks the store; answers the forms of its hashes. Throws where anything is wrong, after
    /// every fault was told.
    func check(_ file: borrowing ImportFile, in store: any AccountStore) async throws -> Set<String> {
        var seen: [Int: Int] = [:]
        var forms: Set<String> = []
        var faults = 0
        var entries: [Entry] = []
        var told: [(number: Int, sentence: String)] = []
        let name = file.name
        func settle() async throws {
            told += try await conflicts(entries, in: store)
            // Stable: of one line the faults stay in their order.
            for (number, sentence) in told.sorted(by: { $0.number < $1.number }) {
                complain("\(name):\(number): \(sentence)")
            }
            faults += told.count
            told = []
            entries = []
        }
        try await file.eachLine { bytes, number in
            guard number <= mostLines else {
                throw CommandFailure.refused("\(name) has more than \(mostLines) lines; nothing was imported")
            }
            do throws(AccountLineFaults) {
                let line = try AccountLine(bytes, at: now)
                if let first = seen.updateValue(number, forKey: line.account.email.text.hashValue) {
                    told.append((number, "\(line.account.email) is on line \(first) already"))
                }
                if let form = line.account.passwordHash.form { forms.insert(form) }
                entries.append(Entry(number: number, line: line))
            } catch {
                told += error.sentences.map { (number, $0) }
            }
            if entries.count + told.count >= Self.batch { try await settle() }
        }
        try await settle()
        guard faults == 0 else {
            throw CommandFailure.refused("nothing was imported; faults: \(faults)")
        }
        return forms
    }

    /// What the store has already.
    private func conflicts(
        _ entries: [Entry], in store: any AccountStore
    ) async throws -> [(number: Int, sentence: String)] {
        guard !entries.isEmpty else { return [] }
        var found: [(number: Int, sentence: String)] = []
        let holders = try await store.accounts(with: entries.map(\.line.account.email))
        var newcomers: [Entry] = []
        for (entry, holder) in zip(entries, holders) {
            if holder == nil {
                if entry.line.hasID { newcomers.append(entry) }
            } else if !skipExisting {
                let email = entry.line.account.email
                found.append((entry.number, "there is an account \(email) already (--skip-existing)"))
            }
        }
        let owners = try await store.addresses(of: newcomers.map(\.line.account.id))
        for (entry, owner) in zip(newcomers, owners) {
            guard let owner else { continue }
            found.append((entry.number, "the ID \(entry.line.account.id) is that of \(owner)"))
        }
        return found
    }

    /// Writes what was checked, a batch a flight. Throws with the number of accounts that are in where it cannot go on.
    func write(_ file: borrowing ImportFile, to store: any AccountStore) async throws -> Outcome {
        var outcome = Outcome()
        var entries: [Entry] = []
        let name = file.name
        func settle() async throws {
            guard !entries.isEmpty else { return }
            for (entry, creation) in zip(entries, try await store.create(entries.map(\.line.account))) {
                switch creation {
                case .created:
                    outcome.imported += 1
                    outcome.administrators += entry.line.account.isAdmin ? 1 : 0
                case .addressTaken where skipExisting: outcome.skipped += 1
                case .addressTaken, .idTaken:
                    throw CommandFailure.refused(
                        "\(name):\(entry.number): somebody else took its address or ID meanwhile; "
                            + Self.halfDone(outcome))
                }
            }
            entries = []
        }
        do {
            try await file.eachLine { bytes, number in
                do throws(AccountLineFaults) {
                    entries.append(Entry(number: number, line: try AccountLine(bytes, at: now)))
                } catch {
                    throw CommandFailure.refused(
                        "\(name):\(number): has changed since it was checked; \(Self.halfDone(outcome))")
                }
                if entries.count >= Self.batch { try await settle() }
            }
            try await settle()
        } catch let fault as StoreFault {
            complain(Self.halfDone(outcome))
            throw fault
        }
        return outcome
    }

    private static func halfDone(_ outcome: Outcome) -> String {
        "\(outcome.imported) accounts at least were imported; what is missing comes with --skip-existing"
    }
}
