import GatewayCore
import Testing

@Suite("How much of what ends elsewhere is heard")
struct ChannelPulseTests {
    private let second: UInt64 = 1_000_000_000

    @Test("before the channel is there nothing is covered, however fresh")
    func never() {
        let pulse = ChannelPulse()
        #expect(!pulse.covers(5 * second, at: 5 * second))
    }

    @Test("what was asked since it is there is covered until a second after it was last heard to be complete")
    func silence() {
        let pulse = ChannelPulse()
        pulse.begin(at: 10 * second)
        #expect(!pulse.covers(10 * second - 1, at: 10 * second))
        #expect(pulse.covers(10 * second, at: 11 * second - 1))
        #expect(!pulse.covers(10 * second, at: 11 * second))
        pulse.beat(at: 12 * second)
        #expect(pulse.covers(10 * second, at: 13 * second - 1))
        #expect(!pulse.covers(10 * second, at: 13 * second))
    }

    @Test("an absence leaves nothing covered that was asked before it")
    func absence() {
        let pulse = ChannelPulse()
        pulse.begin(at: 10 * second)
        pulse.begin(at: 20 * second)
        #expect(!pulse.covers(19 * second, at: 20 * second))
        #expect(pulse.covers(20 * second, at: 20 * second))
    }
}
