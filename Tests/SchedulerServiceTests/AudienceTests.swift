import Synchronization
import TestSupport
import Testing

@testable import SchedulerService

@Suite("The audience of events")
struct AudienceTests {
    private func seat(_ admission: Audience.Admission) -> Audience.Seat? {
        if case .seated(let seat) = admission { seat } else { nil }
    }

    @Test("a user's last seat is given, one more is not; others sit down, and a seat let go is free again")
    func perUser() throws {
        let audience = Audience(limits: Audience.Limits(perUser: 2, total: 10))
        var seats = [try #require(seat(audience.enter(user: "anna", schedule: "a")))]
        seats.append(try #require(seat(audience.enter(user: "anna", schedule: "b"))))
        guard case .userFull(let limit) = audience.enter(user: "anna", schedule: "a") else {
            Issue.record("seated")
            return
        }
        #expect(limit == 2)
        seats.append(try #require(seat(audience.enter(user: "ben", schedule: "c"))))
        seats.removeFirst()
        #expect(seat(audience.enter(user: "anna", schedule: "a")) != nil)
    }

    @Test("the last seat of all is given, one more is not, and one let go is free again")
    func total() throws {
        let audience = Audience(limits: Audience.Limits(perUser: 2, total: 3))
        var seats = try ["anna", "anna", "ben"].map { user in
            try #require(seat(audience.enter(user: user, schedule: "a")))
        }
        guard case .full = audience.enter(user: "clara", schedule: "a") else {
            Issue.record("seated")
            return
        }
        seats.removeLast()
        #expect(seat(audience.enter(user: "clara", schedule: "a")) != nil)
    }

    @Test("a ring reaches those who listen to the schedule; closing sends away all, later ones too")
    func waking() async throws {
        let audience = Audience()
        let one = try #require(seat(audience.enter(user: "anna", schedule: "a")))
        audience.ring("b")
        audience.ring("a")
        // Ends by the ring, or the test does not.
        await one.bell.wait(atMost: .seconds(3_600))
        #expect(!one.isClosing)
        audience.close()
        await one.bell.wait(atMost: .seconds(3_600))
        #expect(one.isClosing)
        let late = try #require(seat(audience.enter(user: "anna", schedule: "a")))
        await late.bell.wait(atMost: .seconds(3_600))
        #expect(late.isClosing)
    }
}
