import ArgumentParser
import Foundation
import SchedulingCore
import ServiceCore

/// The arguments that every command over a file of lots takes.
struct LotsFile: ParsableArguments {
    @Argument(
        help: "A CSV file with the columns Lot ID, Type and Vials; - for standard input.",
        completion: .file(extensions: ["csv"]))
    var file: String

    @Option(
        help: "A JSON file with the line's settings, such as {\"window_hours\": 96}.",
        completion: .file(extensions: ["json"]))
    var config: String?

    /// The name that faults are reported under.
    private var shownName: String { file == "-" ? "standard input" : file }

    /// What a report of the lots is called.
    var title: String { file == "-" ? "Lots" : URL(filePath: file).deletingPathExtension().lastPathComponent }

    /// The settings, the defaults where no file states them.
    func readConfig() throws(CommandRefusal) -> PlanningConfig {
        guard let config else { return .standard }
        do throws(InputFaults) {
            return try PlanningConfig(parsing: try Self.bytes(of: config), field: "")
        } catch {
            throw CommandRefusal(lines: error.faults.map { Self.line(for: $0, in: config) })
        }
    }

    /// What there is in the file; a file that cannot be read is one fault.
    func reading(_ config: PlanningConfig) -> LotsReading {
        let limits = InputLimits(ofFileUnder: config.rules)
        do throws(InputFaults) {
            return LotsCSV.read(try Self.bytes(of: file), rules: config.rules, limits: limits)
        } catch {
            return LotsReading(faults: error.faults)
        }
    }

    /// The lots. Warnings go to standard error.
    func readLots(_ config: PlanningConfig) throws(CommandRefusal) -> [Lot] {
        try lots(of: reading(config))
    }

    /// The lots of `reading`. Warnings go to standard error.
    func lots(of reading: LotsReading) throws(CommandRefusal) -> [Lot] {
        for warning in reading.warnings {
            var marked = warning
            marked.message = "warning: " + warning.message
            StandardError.write(Self.line(for: marked, in: shownName))
        }
        do throws(InputFaults) {
            return try reading.valid()
        } catch {
            throw CommandRefusal(lines: error.faults.map { Self.line(for: $0, in: shownName) })
        }
    }

    /// `FILE:LINE: message`, without the line for a fault of the whole file.
    static func line(for fault: Problem.Fault, in file: String) -> String {
        let place = fault.line.map { "\(file):\($0): " } ?? "\(file): "
        guard let field = fault.field, !field.isEmpty else { return place + fault.message }
        return place + "\(field): \(fault.message)"
    }

    /// The largest file that is read: 50,000 lots need less, whatever their names are.
    private static let mostBytes = 16 << 20

    /// - Throws: one fault if the file cannot be read or is too large.
    static func bytes(of file: String) throws(InputFaults) -> Data {
        let data: Data?
        do {
            let handle =
                file == "-" ? FileHandle.standardInput : try FileHandle(forReadingFrom: URL(filePath: file))
            data = try readAll(handle)
        } catch {
            throw InputFaults("cannot be read: \(reason(error))")
        }
        guard let data else { throw InputFaults("is larger than \(mostBytes >> 20) MiB") }
        return data
    }

    /// The bytes of `handle`; nil if there are more than may be read.
    private static func readAll(_ handle: FileHandle) throws -> Data? {
        var data = Data()
        while let part = try handle.read(upToCount: 1 << 16), !part.isEmpty {
            data.append(part)
            if data.count > mostBytes { return nil }
        }
        return data
    }

    /// What the system says of a file that cannot be read or written.
    static func reason(_ error: any Error) -> String {
        let error = error as NSError
        let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
        if underlying.domain == NSPOSIXErrorDomain {
            return String(cString: strerror(Int32(underlying.code)))
        }
        switch CocoaError.Code(rawValue: error.code) {
        case .fileReadNoSuchFile, .fileNoSuchFile: return "no such file"
        case .fileReadNoPermission: return "permission denied"
        default: return error.localizedDescription
        }
    }
}

/// How a command prints what it found.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, csv, json
}
