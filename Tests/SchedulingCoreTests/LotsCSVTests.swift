import Foundation
import SchedulingCore
import TestSupport
import Testing

@Suite("Lots as CSV")
struct LotsCSVTests {
    private func read(_ text: String, limits: InputLimits = .standard) -> LotsReading {
        LotsCSV.read(text.utf8, rules: .standard, limits: limits)
    }

    @Test("the small file has 15 lots and the large one 500, without a fault")
    func fixtures() throws {
        for (name, count) in [("lots.csv", 15), ("lots_large.csv", 500)] {
            let reading = LotsCSV.read(try Fixtures.bytes(name), rules: .standard)
            #expect(reading.faults.isEmpty && reading.warnings.isEmpty)
            #expect(reading.count == count && reading.lots.count == count)
        }
        let first = LotsCSV.read(try Fixtures.bytes("lots.csv"), rules: .standard).lots.first
        #expect(first == Lot(id: "A1", type: "VialE", vials: Vials(100_000)))
    }

    @Test(
        "separator, line end, byte order mark, quotes, case and order of the columns make no difference",
        arguments: [
            "Lot ID,Type,Vials\nA,X,10\nB,Y,20\n",
            "\u{FEFF}Lot ID,Type,Vials\r\nA,X,10\r\nB,Y,20\r\n",
            "vials;TYPE;lot id\n10;X;A\n20;Y;B",
            "Type\tLot_ID\tVials\nX\tA\t10\nY\tB\t20\n",
            "\"Lot ID\",\"Type\",\"Vials\"\n\"A\",\"X\",\"10\"\n\"B\" , \"Y\",20\n",
            "\n Lot ID , Type , Vials \n\nA, X ,10\n,,\n  \nB,Y, 20 \n\n",
            "lot_id,lot_type,vials,,\nA,X,10,,\nB,Y,20,,\n",
        ])
    func variants(text: String) {
        let reading = read(text)
        #expect(reading.faults.isEmpty && reading.warnings.isEmpty)
        #expect(
            reading.lots == [
                Lot(id: "A", type: "X", vials: Vials(10)), Lot(id: "B", type: "Y", vials: Vials(20)),
            ])
    }

    @Test("a quoted field may hold separators, quotes and line ends, and lines are still counted right")
    func quoting() {
        let reading = read("Lot ID,Type,Vials\n\"A,1\",\"say \"\"X\"\"\",10\n\"B\n2\",X,1\nC,X,nine\n")
        #expect(reading.lots.map(\.id) == ["A,1"])
        #expect(reading.lots.map(\.type) == ["say \"X\""])
        #expect(
            reading.faultLines == [
                "3|Lot ID|the lot ID holds the control character U+000A",
                "5|Vials|\"nine\" is not a whole number from 1 to 100000000",
            ])
    }

    @Test("every fault of a file is reported, each with its line and column")
    func allFaults() {
        let reading = read(
            """
            Lot ID,Type,Vials
            A,X,10
            ,X,10
            B,,0
            C,X,1.5
            D,X
            A,X,3000000
            E,X,100000001
            F,X,-5
            G,"X,7
            """)
        #expect(reading.count == 9)
        #expect(reading.lots.map(\.id) == ["A"])
        #expect(
            reading.faultLines == [
                "3|Lot ID|the lot ID is empty",
                "4|Type|the lot type is empty",
                "4|Vials|0 vials: 1 to 100000000 are allowed",
                "5|Vials|\"1.5\" is not a whole number from 1 to 100000000",
                "6|-|2 fields, 3 are expected",
                "7|Vials|3000000 vials do not fit the window of 120.0 h, which holds at most 2390400",
                "7|Lot ID|the lot ID A is already used in line 2",
                "8|Vials|100000001 vials: 1 to 100000000 are allowed",
                "9|Vials|\"-5\" is not a whole number from 1 to 100000000",
                "10|-|a quoted field is not closed",
            ])
    }

    @Test("seed bug 5: a lot ID used three times is an error at each later use, and only there")
    func duplicates() {
        let reading = read("Lot ID,Type,Vials\nA,X,1\nB,X,1\nA,Y,2\nC,X,1\n A ,X,3\n")
        #expect(
            reading.faultLines == [
                "4|Lot ID|the lot ID A is already used in line 2",
                "6|Lot ID|the lot ID A is already used in line 2",
            ])
        #expect(throws: InputFaults.self) { try reading.valid() }
    }

    @Test("a header without a column, with one twice, or none at all is reported at its line")
    func headers() {
        #expect(
            read("Lot ID,Vials\nA,1\n").faultLines == [
                "1|Type|the header has no column Type; it names Lot ID, Type and Vials"
            ])
        #expect(
            read("Lot ID,Type,Vials,lot_id\nA,X,1,B\n").faultLines == ["1|Lot ID|the column is there twice"])
        #expect(read("A1,X,100\n").faults.count == 3)
        #expect(read("").faultLines == ["1|-|the file is empty"])
        #expect(read("Lot ID,Type,Vials\n").faultLines == ["-|-|there are no lots"])
    }

    @Test("a column that is not used and a type that differs in case only are warnings")
    func warnings() {
        let reading = read("Lot ID,Type,Vials,Line\nA,VialE,1,7\nB,viale,1,7\n")
        #expect(reading.isValid && reading.lots.count == 2)
        #expect(
            reading.warnings.map(\.message) == [
                "the column is not used", "the types VialE and viale differ only in case and are two types",
            ])
        #expect(reading.warnings.map(\.line) == [1, 3])
    }

    @Test("a header of 100 columns is read and one of 101 refused in one line")
    func columns() {
        func header(_ columns: Int) -> String {
            "Lot ID,Type,Vials" + (3..<columns).map { ",c\($0)" }.joined() + "\n"
        }
        let row = "A,X,1" + String(repeating: ",", count: 97) + "\n"
        #expect(read(header(100) + row).isValid)
        #expect(
            read(header(101) + row).faultLines == ["1|-|the header has 101 columns, at most 100 are allowed"])
    }

    @Test("what a message repeats of the input is short and without control characters")
    func shown() {
        let long = String(repeating: "9", count: 39) + "\u{1B}x" + String(repeating: "y", count: 1_000_000)
        #expect(
            read("Lot ID,Type,Vials\nA,X,\(long)\n").faultLines == [
                "2|Vials|\"\(String(repeating: "9", count: 39))x…\" is not a whole number from 1 to 100000000"
            ])
    }

    @Test("text that is not UTF-8 is refused at its line")
    func encoding() {
        let reading = LotsCSV.read(
            Array("Lot ID,Type,Vials\nA,X,1\nB,".utf8) + [0xE9, 0x2C, 0x31], rules: .standard)
        #expect(reading.faultLines == ["3|-|the text is not UTF-8; save the file as CSV UTF-8"])
    }

    @Test("1,000 lots are read and 1,001 are refused with their number, unless more are configured")
    func lotCount() throws {
        func file(_ count: Int) -> String {
            "Lot ID,Type,Vials\n" + (1...count).map { "L\($0),X,1\n" }.joined()
        }
        #expect(read(file(1_000)).lots.count == 1_000)
        let over = read(file(1_001))
        #expect(over.faultLines == ["1002|-|1001 lots, at most 1000 are allowed"])
        #expect(over.lots.isEmpty && over.count == 1_001)
        let most = try #require(InputLimits(lots: 10_000))
        #expect(read(file(10_000), limits: most).lots.count == 10_000)
        #expect(read(file(10_001), limits: most).faults.count == 1)
        #expect(
            InputLimits(lots: 10_001) == nil && InputLimits(lots: 0) == nil && InputLimits(lots: 1) != nil)
    }

    @Test("a file of 50,000 lots is read and one more is not; fewer, where blocks may be very long")
    func lotCountOfFile() throws {
        func lots(clean: Int64, window: Int64) throws -> Int {
            let rules = try #require(
                LineRules(
                    fillRate: VialsPerHour(19_920), clean: Hours(clean), window: Hours(window),
                    sameTypeChangeover: Hours(4), otherTypeChangeover: Hours(8)))
            return InputLimits(ofFileUnder: rules).lots
        }
        #expect(try lots(clean: 200, window: 200) == 50_000)
        #expect(try lots(clean: 200, window: 201) == 49_875)
        #expect(try lots(clean: 1_000, window: 1_000) == 10_000)
        func file(_ count: Int) -> String {
            "Lot ID,Type,Vials\n" + (1...count).map { "L\($0),X,1\n" }.joined()
        }
        let limits = InputLimits(ofFileUnder: .standard)
        #expect(read(file(50_000), limits: limits).lots.count == 50_000)
        #expect(
            read(file(50_001), limits: limits).faultLines == [
                "50002|-|50001 lots, at most 50000 are allowed"
            ])
    }

    @Test("a lot ID may have 50 characters and a type 20, and not one more")
    func lengths() {
        func faults(id: Int, type: Int) -> [String?] {
            let row = String(repeating: "ä", count: id) + "," + String(repeating: "x", count: type)
            return read("Lot ID,Type,Vials\n\(row),1\n").faults.map(\.field)
        }
        #expect(faults(id: 50, type: 20).isEmpty)
        #expect(faults(id: 51, type: 20) == ["Lot ID"])
        #expect(faults(id: 50, type: 21) == ["Type"])
        #expect(faults(id: 1, type: 1).isEmpty)
    }

    @Test("vials from 1 to 100,000,000 are read where they fit the window, to the last vial")
    func vials() throws {
        func isValid(_ vials: Int64, _ rules: LineRules) -> Bool {
            LotsCSV.read("Lot ID,Type,Vials\nA,X,\(vials)\n".utf8, rules: rules).isValid
        }
        #expect(isValid(1, .standard) && !isValid(0, .standard))
        #expect(isValid(2_390_400, .standard) && !isValid(2_390_401, .standard))
        let fast = try #require(
            LineRules(
                fillRate: VialsPerHour(1_000_000), clean: Hours(24), window: Hours(1_000),
                sameTypeChangeover: Hours(4), otherTypeChangeover: Hours(8)))
        #expect(isValid(100_000_000, fast) && !isValid(100_000_001, fast))
        #expect(!read("Lot ID,Type,Vials\nA,X,99999999999999999999\n").isValid)
    }
}
