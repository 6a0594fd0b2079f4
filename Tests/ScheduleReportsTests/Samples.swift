import Foundation
import ScheduleReports
import SchedulingCore
import TestSupport

/// A report of lots that are filled in the order given, with a new block where the window ends.
func report(_ lots: [Lot], named name: String = "Week 7", id: String? = "0197-a") throws -> ScheduleReport {
    var blocks: [[Int]] = [[]]
    var spent = Ticks.zero
    let rules = LineRules.standard
    for (place, lot) in lots.enumerated() {
        let before = blocks[blocks.count - 1].last.map { lots[$0].type }
        var added = rules.fillTime(of: lot.vials)
        if let before { added += rules.changeover(from: before, to: lot.type) }
        if spent + added > rules.ticks(rules.window) {
            blocks.append([])
            spent = rules.fillTime(of: lot.vials)
        } else {
            spent += added
        }
        blocks[blocks.count - 1].append(place)
    }
    let timeline = Timeline(LotSequence(blocks: blocks), of: lots, under: rules)
    // 2026-01-05T06:00:00Z, a Monday.
    let start = UTCTime(microseconds: 1_767_592_800_000_000)
    return ScheduleReport(
        id: id, name: name, strategy: "smart-pack", createdAt: start,
        result: ScheduleResult(timeline, of: lots, startingAt: start))
}

/// `count` lots of `types` types, of sizes that differ.
func lots(_ count: Int, types: Int = 4) -> [Lot] {
    (0..<count).map { number in
        Lot(
            id: "LOT-\(1_000 + number)", type: "Type \(number / 3 % types)",
            vials: Vials(Int64(60_000 + number * 104_729 % 700_000)))
    }
}

/// IDs and types that somebody could hope to do harm with, each of them allowed.
let hostileTexts = [
    "<script>alert(1)</script>", "=cmd()|'/C calc'!A0", "00012", "'; DROP TABLE", "&amp;<b>", "_x0041_",
    "1e5", "TRUE", "https://example.org/", "שלום עולם", "👩‍🔬👩‍🔬👩‍🔬", "第七週",
]

/// Runs `program` and returns what it writes.
func output(of program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
        throw ToolFailure(program: program, status: process.terminationStatus)
    }
    return String(decoding: bytes, as: UTF8.self)
}

struct ToolFailure: Error {
    var program: String
    var status: Int32
}
