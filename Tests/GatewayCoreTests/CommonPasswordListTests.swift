import GatewayCore
import Testing

@Suite("Lists of common passwords")
struct CommonPasswordListTests {
    private let email = EmailAddress("alice.miller@plant.example.com")!

    private func list(_ lines: String...) -> CommonPasswordList {
        var builder = CommonPasswordList.Builder(most: 1_000)
        for line in lines { _ = builder.add(Array(line.utf8)) }
        return builder.list()
    }

    private func fault(_ text: String, _ list: CommonPasswordList) -> PasswordFault? {
        PasswordPolicy(minLength: 8, maxLength: 128, commonList: list)!.fault(in: Password(text), for: email)
    }

    @Test("a password on the list is refused, however it is cased and composed")
    func entries() {
        let list = list("zanzibarquokka", "Überwachungskamera", "жираф-на-крыше")
        for text in [
            "zanzibarquokka", "ZanzibarQuokka", "\u{FC}berwachungskamera", "U\u{308}BERWACHUNGSKAMERA",
            "ЖИРАФ-на-крыше",
        ] {
            #expect(fault(text, list) == .common, "\(text)")
        }
        #expect(fault("zanzibarquokkb", list) == nil)
        #expect(PasswordPolicy.standard.fault(in: Password("zanzibarquokka1"), for: email) == nil)
    }

    @Test(
        "so is one that varies an entry as guessing programs do",
        arguments: [
            "Z4nz1b4rquokka", "zanzibarquokka2026!", "zanzibar-quokka", "zanzibarquokkazanzibarquokka",
        ])
    func variants(text: String) {
        #expect(fault(text, list("zanzibarquokka")) == .common)
    }

    @Test("an entry within a longer phrase is no reason, nor is one of three letters")
    func longer() {
        #expect(fault("a zanzibarquokka under the bridge", list("zanzibarquokka", "bridge")) == nil)
        #expect(fault("zyx384756102938", list("zyx")) == nil)
        #expect(fault("zyxw384756102938", list("zyxw")) == .common)
    }

    @Test("entries are counted once, and what can be no password is left out")
    func building() {
        var builder = CommonPasswordList.Builder(most: 3)
        for line in ["one", "ONE", "", "#!comment: John", String(repeating: "x", count: 1_025)] {
            let isTaken = builder.add(Array(line.utf8))
            #expect(isTaken)
        }
        let taken = [[0xFF, 0xFE, 0x41], Array("three".utf8), Array("four".utf8)].map { builder.add($0) }
        #expect(taken == [true, true, false])
        let list = builder.list()
        #expect(list.count == 2)
        #expect(list.size == 16)
        #expect(list.contains(Password("One")))
        #expect(!list.contains(Password("four")))
        var longest = CommonPasswordList.Builder(most: 1)
        _ = longest.add(Array(String(repeating: "x", count: 1_024).utf8))
        #expect(longest.list().count == 1)
    }

    @Test("every one of many entries is found, and nothing else")
    func many() {
        var builder = CommonPasswordList.Builder(most: 10_000)
        for number in 0..<5_000 { _ = builder.add(Array("entry-\(number)".utf8)) }
        let list = builder.list()
        #expect(list.count == 5_000)
        for number in 0..<5_000 { #expect(list.contains(Password("entry-\(number)"))) }
        for number in 5_000..<6_000 { #expect(!list.contains(Password("entry-\(number)"))) }
    }

    @Test("lists are equal that hold the same")
    func equality() {
        #expect(list("one", "two") == list("Two", "one"))
        #expect(list("one") != list("two"))
    }
}

@Suite("Times in RFC 3339")
struct RFC3339Tests {
    @Test(
        "what is written is read again, in whatever zone",
        arguments: [
            ("1970-01-01T00:00:00Z", Int64(0)), ("2026-11-22T02:17:33Z", 1_795_313_853),
            ("2026-11-22T03:17:33.987654+01:00", 1_795_313_853), ("2026-11-21 21:17:33-05:00", 1_795_313_853),
            ("2024-02-29T23:59:59z", 1_709_251_199), ("9999-12-31T23:59:59Z", 253_402_300_799),
        ])
    func reads(text: String, seconds: Int64) throws {
        let moment = try #require(CalendarText.moment(rfc3339: text))
        #expect(moment == Timestamp(seconds: seconds))
        #expect(CalendarText.moment(rfc3339: CalendarText.rfc3339(moment)) == moment)
    }

    @Test(
        "what is no time is none",
        arguments: [
            "", "2026-11-22", "2026-11-22T02:17:33", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T02:60:00Z", "2026-11-22T02:17:33Zx", "2026-11-22T02:17:33.Z",
            "2026-11-22T02:17:33+1:00",
            "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+01:00", "１９７０-01-01T00:00:00Z",
            "2026-11-22T02:17:33.1234567890Z",
        ])
    func refuses(text: String) {
        #expect(CalendarText.moment(rfc3339: text) == nil)
    }
}
