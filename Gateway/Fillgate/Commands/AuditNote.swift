import Foundation
import GatewayCore
import GatewayProxy

/// A security event that a command leaves.
struct AuditNote: Sendable {
    /// How many events Redis keeps.
    private let bound: Int
    private let actor = AuditEvent.Actor.command(Self.userName(ProcessInfo.processInfo.environment))

    init(_ settings: Settings) { bound = settings.audit.keep }

    /// Records what was just done. What was done stays done where it cannot be recorded: the operator is told so.
    func note(
        _ kind: AuditEvent.Kind, of subject: AuditEvent.Subject? = nil, address: AddressPrefix? = nil,
        session: SessionID? = nil, reason: String? = nil, count: Int? = nil, in store: any AuditStore
    ) async {
        let event = AuditEvent(
            kind, at: Clock.now, by: actor, of: subject, from: address?.description, session: session,
            reason: reason, count: count)
        do throws(StoreFault) {
            try await store.append([event], keeping: bound)
        } catch {
            StandardError.write("fillgate: done, but it could not be recorded for the audit")
        }
    }

    /// The same of an account.
    func note(
        _ kind: AuditEvent.Kind, of account: Account, reason: String? = nil, ending sessions: Int = 0,
        in store: any AuditStore
    ) async {
        await note(kind, of: .init(account), reason: reason, in: store)
        guard sessions > 0 else { return }
        await note(.sessionRevoked, of: .init(account), reason: kind.rawValue, count: sessions, in: store)
    }

    /// The name of whoever runs the command, as their environment says it: whoever became root stays who they were. At
    /// most 32 characters of `A-Z a-z 0-9 . _ -`.
    static func userName(_ environment: [String: String]) -> String {
        let name = environment["SUDO_USER"] ?? environment["USER"] ?? environment["LOGNAME"] ?? ""
        let kept = name.unicodeScalars.filter { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || "0123456789._-".unicodeScalars.contains(scalar))
        }
        let short = String(String.UnicodeScalarView(kept.prefix(32)))
        return short.isEmpty ? "uid-\(getuid())" : short
    }
}

extension AuditNote {
    /// Records that locks were cleared. The name of the account stands there as the operator gave it, whether or
    /// not there is one.
    func note(unlocking scope: UnlockScope, count: Int, in store: any AuditStore) async {
        switch scope {
        case .account(let email):
            await note(.unlocked, of: .init(user: nil, email: email), count: count, in: store)
        case .address(let prefix): await note(.unlocked, address: prefix, count: count, in: store)
        case .everything: await note(.unlocked, reason: "all", count: count, in: store)
        }
    }
}
