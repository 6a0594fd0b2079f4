import Crypto
import ServiceCore

/// A Lua script of `Scripts/`, compiled into the binary.
struct RedisScript: Sendable {
    /// The file's name, for faults and logs.
    let name: String
    let source: String
    /// The SHA-1 by which `EVALSHA` calls it, 40 hexadecimal digits.
    let digest: String

    private init(_ name: String, _ bytes: [UInt8]) {
        self.name = name
        source = String(decoding: bytes, as: UTF8.self)
        digest = Hexadecimal.text(of: Insecure.SHA1.hash(data: bytes))
    }

    static let gcra = RedisScript("gcra", PackageResources.gcra_lua)
    static let sessionTouch = RedisScript("session_touch", PackageResources.session_touch_lua)
    static let sessionIndex = RedisScript("session_index", PackageResources.session_index_lua)
    static let sessionEnd = RedisScript("session_end", PackageResources.session_end_lua)
    static let sessionRetire = RedisScript("session_retire", PackageResources.session_retire_lua)
    static let keyIndex = RedisScript("key_index", PackageResources.key_index_lua)
    static let keyTouch = RedisScript("key_touch", PackageResources.key_touch_lua)
    static let accountCreate = RedisScript("account_create", PackageResources.account_create_lua)
    static let accountUpdate = RedisScript("account_update", PackageResources.account_update_lua)
    static let accountDelete = RedisScript("account_delete", PackageResources.account_delete_lua)
    static let login = RedisScript("login", PackageResources.login_lua)
    static let devicesForget = RedisScript("devices_forget", PackageResources.devices_forget_lua)
    static let secondFactor = RedisScript("second_factor", PackageResources.second_factor_lua)
    static let keysPublish = RedisScript("keys_publish", PackageResources.keys_publish_lua)
    static let leaseTake = RedisScript("lease_take", PackageResources.lease_take_lua)
    static let leaseRenew = RedisScript("lease_renew", PackageResources.lease_renew_lua)
    static let overrideSet = RedisScript("override_set", PackageResources.override_set_lua)
    static let workerReport = RedisScript("worker_report", PackageResources.worker_report_lua)
    static let recordsKeep = RedisScript("records_keep", PackageResources.records_keep_lua)

    /// What a new connection loads.
    static let all: [RedisScript] = [
        .gcra, .sessionTouch, .sessionIndex, .sessionEnd, .sessionRetire, .keyIndex, .keyTouch,
        .accountCreate,
        .accountUpdate, .accountDelete, .login, .devicesForget, .secondFactor, .keysPublish, .leaseTake,
        .leaseRenew, .overrideSet, .recordsKeep, .workerReport,
    ]
}
