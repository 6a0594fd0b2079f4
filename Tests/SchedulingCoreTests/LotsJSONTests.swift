import SchedulingCore
import Testing

@Suite("Lots as JSON")
struct LotsJSONTests {
    private func read(_ text: String, limits: InputLimits = .standard) throws -> LotsReading {
        LotsJSON.read(try JSONValue(parsing: text.utf8), rules: .standard, limits: limits)
    }

    @Test("lots are read, whole numbers however they are written")
    func valid() throws {
        let reading = try read(
            """
            [{"lot_id": "A", "lot_type": "X", "vials": 100000, "fill_hours": 5.02},
             {"vials": 1e5, "lot_type": " Y ", "lot_id": "B"}, {"lot_id": "C", "lot_type": "X", "vials": 20.0}]
            """)
        #expect(reading.isValid && reading.warnings.isEmpty)
        #expect(
            reading.lots == [
                Lot(id: "A", type: "X", vials: Vials(100_000)),
                Lot(id: "B", type: "Y", vials: Vials(100_000)),
                Lot(id: "C", type: "X", vials: Vials(20)),
            ])
    }

    @Test("every fault is reported at its field")
    func faults() throws {
        let reading = try read(
            """
            [{"lot_id": "A", "lot_type": "X", "vials": 1}, {"lot_id": 7, "vials": "1"}, 3,
             {"lot_id": "", "lot_type": "X", "vials": 1.5}, {"lot_id": "A", "lot_type": "X", "vials": true},
             {"lot_id": "F", "lot_type": "X", "vials": 1e400, "fill_hours": "x"}]
            """)
        #expect(reading.count == 6 && reading.lots.count == 1)
        #expect(
            reading.faults.map(\.field) == [
                "lots_data[1].vials", "lots_data[1].lot_id", "lots_data[1].lot_type", "lots_data[2]",
                "lots_data[3].vials", "lots_data[3].lot_id", "lots_data[4].vials", "lots_data[4].lot_id",
                "lots_data[5].vials", "lots_data[5].fill_hours",
            ])
        #expect(reading.faults[7].message == "the lot ID A is already used in lots_data[0]")
    }

    @Test("fill hours that contradict the vials, and keys that a lot does not have, are warnings")
    func warnings() throws {
        let reading = try read(
            #"[{"lot_id": "A", "lot_type": "X", "vials": 19920, "fill_hours": 2, "colour": "red"}]"#)
        #expect(reading.isValid)
        #expect(reading.warnings.map(\.field) == ["lots_data[0]", "lots_data[0].fill_hours"])
        #expect(reading.warnings.last?.message == "2.0 h is not used: 19920 vials take 1.00 h")
    }

    @Test("what is no array, and an array without lots, is a fault")
    func shapes() throws {
        #expect(try read("{}").faultLines == ["-|lots_data|an array of lots is expected, not an object"])
        #expect(try read("[]").faultLines == ["-|lots_data|there are no lots"])
    }

    @Test("the number of lots is limited before any is looked at")
    func lotCount() throws {
        let limits = try #require(InputLimits(lots: 2))
        let lot = { (id: Int) in #"{"lot_id": "\#(id)", "lot_type": "X", "vials": 1}"# }
        #expect(try read("[\(lot(1)), \(lot(2))]", limits: limits).isValid)
        let over = try read("[\(lot(1)), \(lot(1)), 3]", limits: limits)
        #expect(over.faultLines == ["-|lots_data|3 lots, at most 2 are allowed"])
    }
}
