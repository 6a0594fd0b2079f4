import SchedulingCore

package struct HybridPack: Strategy {
    package init() {}

    package func decide(_ task: PlanningTask, watch: PlanningWatch) throws(PlanningCancelled) -> Decision {
        try LPTPack().decide(task, watch: watch)
    }
}
