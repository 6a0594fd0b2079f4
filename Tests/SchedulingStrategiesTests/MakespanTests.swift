import SchedulingCore
import SchedulingStrategies
import Testing

@Suite("Makespans on the real files")
struct MakespanTests {
    @Test(
        "the definitions have exactly the makespans that were computed from them independently",
        arguments: [
            ("spt-pack", "lots.csv", "501.16"), ("lpt-pack", "lots.csv", "497.16"),
            ("cfs-pack", "lots.csv", "497.16"), ("spt-pack", "lots_large.csv", "37589.43"),
            ("lpt-pack", "lots_large.csv", "36429.43"), ("cfs-pack", "lots_large.csv", "36433.43"),
        ])
    func definitions(strategy: String, file: String, hours: String) throws {
        let task = try Sample.task(file)
        let plan = try Sample.plan(task, strategy)
        #expect(HoursText.rounded(plan.result.makespan) == hours)
        #expect(plan.result.lotsScheduled == task.lots.count && plan.result.windowViolations == 0)
        #expect(plan.bound == nil && plan.gap == nil && !plan.isProven)
    }

    @Test(
        "the scored strategies find the best makespan known for the small file and at most 36,380 h for the large",
        arguments: ["smart-pack", "hybrid-pack"])
    func scored(strategy: String) throws {
        let small = try Sample.plan(try Sample.task("lots.csv"), strategy)
        #expect(HoursText.rounded(small.result.makespan) == "497.16")
        let large = try Sample.plan(try Sample.task("lots_large.csv"), strategy)
        #expect(large.result.makespan <= 36_380)
        // The proven lower bound of this file.
        #expect(large.result.makespan >= 36_357.42)
    }
}
