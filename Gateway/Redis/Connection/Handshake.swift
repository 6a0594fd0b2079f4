/// What a new connection says before anything else, in one flight, and whether it heard what it must.
struct Handshake {
    let commands: [RedisCommand]
    private let rolePlace: Int?
    private var heard = 0
    /// What was wrong first, with nothing of ours in it; nil while nothing is.
    private(set) var fault: String?

    /// Logs in, chooses the database and loads the scripts. Where sentinels said that this is the primary,
    /// it must say so itself: they may not have heard the latest.
    init(_ configuration: RedisConfiguration) {
        var commands: [RedisCommand] = []
        if let password = configuration.password {
            commands.append(.logIn(configuration.user, password))
        }
        rolePlace = configuration.hasSentinels ? commands.count : nil
        if rolePlace != nil { commands.append(RedisCommand("ROLE")) }
        if configuration.database != 0 {
            commands.append(RedisCommand("SELECT", "\(configuration.database)"))
        }
        commands += RedisScript.all.map { RedisCommand("SCRIPT", "LOAD", $0.source) }
        commands.append(RedisCommand("PING"))
        self.commands = commands
    }

    /// Whether every reply is in.
    var isOver: Bool { heard == commands.count }

    /// Takes the one reply that the arena holds.
    mutating func receive(_ arena: ReplyArena) {
        defer { heard += 1 }
        guard fault == nil else { return }
        switch RedisReply(arena) {
        case .error(let text):
            fault = "refused \(commands[heard].name) with \(text.prefix(while: { $0 != " " }))"
        case let reply where heard == rolePlace && reply.list?.first?.text != "master":
            fault = "it is not the primary"
        default: break
        }
    }
}

extension RedisCommand {
    /// Shows who is asking; without a user it is the default one.
    static func logIn(_ user: String?, _ password: String) -> RedisCommand {
        RedisCommand(words: ["AUTH"] + (user.map { [$0] } ?? []) + [password])
    }
}
