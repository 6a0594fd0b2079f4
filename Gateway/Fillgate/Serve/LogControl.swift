import Logging
import Synchronization

/// What is logged and how, for every logger of the process at once: a reload changes it under all of them.
final class LogControl: Sendable {
    private let levelIndex: Atomic<Int>
    private let isText: Atomic<Bool>

    init(_ settings: LogSettings) {
        levelIndex = Atomic(Self.index(of: settings.loggerLevel))
        isText = Atomic(settings.format == .text)
    }

    func change(to settings: LogSettings) {
        levelIndex.store(Self.index(of: settings.loggerLevel), ordering: .relaxed)
        isText.store(settings.format == .text, ordering: .relaxed)
    }

    var level: Logger.Level { Logger.Level.allCases[levelIndex.load(ordering: .relaxed)] }
    var format: LogSettings.Format { isText.load(ordering: .relaxed) ? .text : .json }

    private static func index(of level: Logger.Level) -> Int {
        Logger.Level.allCases.firstIndex(of: level) ?? 0
    }
}
