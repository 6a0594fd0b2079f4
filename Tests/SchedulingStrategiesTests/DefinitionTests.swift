import SchedulingCore
import SchedulingStrategies
import Testing

@Suite("The definitions of spt, lpt and cfs")
struct DefinitionTests {
    @Test("lots that are passed over keep their place in the order")
    func passedOver() throws {
        // Longest first: 90, 80, 70, 20, 10. With 90 only 20 fits; 80 opens the next block, not 10.
        let task = try Sample.hourly([("X", 10), ("X", 20), ("X", 70), ("X", 80), ("X", 90)])
        #expect(try Sample.blocks(task, "lpt-pack") == [["L4", "L1"], ["L3", "L0"], ["L2"]])
    }

    @Test("a lot that continues the type goes before a longer one of another type")
    func continuesType() throws {
        let task = try Sample.hourly([("X", 50), ("Y", 40), ("X", 20), ("Y", 10)])
        #expect(try Sample.blocks(task, "lpt-pack") == [["L0", "L2", "L3"], ["L1"]])
    }

    @Test("spt takes the type with the most lots first and its short fills first; ties keep the input order")
    func sptOrder() throws {
        let task = try Sample.hourly([("X", 5), ("Y", 9), ("Y", 3), ("Z", 1), ("Y", 3)], window: 200)
        #expect(try Sample.blocks(task, "spt-pack") == [["L2", "L4", "L1", "L3", "L0"]])
    }

    @Test("lpt breaks ties by type and then by ID, not by input order")
    func lptTies() throws {
        var task = try Sample.hourly([("Y", 5), ("X", 5), ("X", 5)], window: 5)
        task.lots[1].id = "b"
        task.lots[2].id = "a"
        #expect(try Sample.blocks(task, "lpt-pack") == [["a"], ["b"], ["L0"]])
    }

    @Test("cfs orders clusters by lots or by hours and the lots of a cluster longest or shortest first")
    func cfsOrder() throws {
        var task = try Sample.hourly(
            [("X", 30), ("Y", 2), ("Y", 3), ("X", 40), ("Y", 1), ("A", 1)], window: 200)
        func blocks(_ clusters: PlanningConfig.ClusterOrder, _ within: PlanningConfig.FillOrder) throws
            -> [[String]]
        {
            task.config.clusterOrder = clusters
            task.config.withinCluster = within
            return try Sample.blocks(task, "cfs-pack")
        }
        #expect(try blocks(.count, .longestFirst) == [["L2", "L1", "L4", "L3", "L0", "L5"]])
        #expect(try blocks(.count, .shortestFirst) == [["L4", "L1", "L2", "L0", "L3", "L5"]])
        #expect(try blocks(.hours, .longestFirst) == [["L3", "L0", "L2", "L1", "L4", "L5"]])
        // Two clusters of equally many lots: by type.
        let tie = try Sample.hourly([("Y", 1), ("X", 1)])
        #expect(try Sample.blocks(tie, "cfs-pack") == [["L1", "L0"]])
    }

    @Test("a block is filled to the last tick of its window and not over it")
    func window() throws {
        let exact = try Sample.hourly([("X", 60), ("X", 56)])
        #expect(try Sample.blocks(exact, "lpt-pack").count == 1)
        let over = try Sample.hourly([("X", 60), ("X", 57)])
        #expect(try Sample.blocks(over, "lpt-pack").count == 2)
        let otherType = try Sample.hourly([("X", 60), ("Y", 56)])
        #expect(try Sample.blocks(otherType, "lpt-pack").count == 2)
    }
}
