import Testing

@testable import Fillgate

@Suite("Code that only starting needs")
struct StartupCodeTests {
    @Test("only code from files that nobody can have changed in memory is let go of")
    func ranges() {
        #expect(
            StartupCode.codeRange("55d0a000-55d0c000 r-xp 00002000 08:01 1234      /usr/bin/fillgate")
                == 0x55d0_a000..<0x55d0_c000)
        #expect(
            StartupCode.codeRange("1000-2000 r-xp 00000000 08:01 7 /with a blank/lib.so") == 0x1000..<0x2000)
        for line in [
            "55d0c000-55d0d000 r--p 00002000 08:01 1234 /usr/bin/fillgate",
            "55d0d000-55d0e000 rw-p 00002000 08:01 1234 /usr/bin/fillgate",
            "55d0d000-55d0e000 rwxp 00002000 08:01 1234 /usr/bin/fillgate",
            "7ffd0000-7ffd2000 r-xp 00000000 00:00 0    [vdso]", "7f000000-7f100000 r-xp 00000000 00:00 0",
            "2000-1000 r-xp 00000000 08:01 1234 /usr/bin/fillgate",
            "x-y r-xp 00000000 08:01 1234 /usr/bin/fillgate", "",
        ] {
            #expect(StartupCode.codeRange(line) == nil, "\(line)")
        }
    }

    @Test("the program goes on after its code was let go of")
    func goesOn() {
        #expect(StartupCode.release() > 1 << 20)
        #expect((0..<1_000).reduce(0, +) == 499_500)
    }
}
