#include "branch_and_cut.h"

// First: the headers beside it take it for granted.
#include <coin/CbcModel.hpp>

#include <coin/CbcCutGenerator.hpp>
#include <coin/CbcEventHandler.hpp>
#include <coin/CbcHeuristic.hpp>
#include <coin/CbcHeuristicDiveCoefficient.hpp>
#include <coin/CbcHeuristicFPump.hpp>
#include <coin/CbcHeuristicGreedy.hpp>
#include <coin/CbcHeuristicLocal.hpp>
#include <coin/CbcHeuristicRINS.hpp>
#include <coin/CglClique.hpp>
#include <coin/CglGomory.hpp>
#include <coin/CglKnapsackCover.hpp>
#include <coin/CglMixedIntegerRounding2.hpp>
#include <coin/CglProbing.hpp>
#include <coin/CglTwomir.hpp>
#include <coin/CglZeroHalf.hpp>
#include <coin/ClpEventHandler.hpp>
#include <coin/ClpSimplex.hpp>
#include <coin/ClpSolve.hpp>
#include <coin/OsiClpSolverInterface.hpp>

#include <algorithm>
#include <vector>

namespace {

/// Whether the search was told to stop; told once, it stays so.
///
/// SAFETY: handlers point to it, and CBC and CLP copy handlers into what belongs to the model and the solver. It is made
/// before these and outlives them.
class StopSignal {
public:
    explicit StopSignal(const branch_and_cut_options &options) : options_(options) {}

    bool isSet() {
        if (!isSet_) isSet_ = options_.should_stop(options_.context);
        return isSet_;
    }

private:
    const branch_and_cut_options &options_;
    bool isSet_ = false;
};

/// Stops the tree. CBC clones its handlers, so they share one signal.
class TreeEvents : public CbcEventHandler {
public:
    explicit TreeEvents(StopSignal *signal) : signal_(signal) {}
    CbcAction event(CbcEvent) override { return signal_->isSet() ? stop : noAction; }
    CbcEventHandler *clone() const override { return new TreeEvents(*this); }

private:
    StopSignal *signal_;
};

/// Stops a linear programme, of which one alone can take long.
class SimplexEvents : public ClpEventHandler {
public:
    explicit SimplexEvents(StopSignal *signal) : signal_(signal) {}

    int event(Event which) override {
        constexpr int stopped = 5;
        return which == endOfFactorization && signal_->isSet() ? stopped : -1;
    }
    ClpEventHandler *clone() const override { return new SimplexEvents(*this); }

private:
    StopSignal *signal_;
};

/// CLP would handle SIGINT while it solves, and other threads in here would leave its handler behind.
void leaveSignalsAlone(OsiClpSolverInterface &solver) {
    constexpr int interruption = 2, none = 1;
    ClpSolve options;
    options.setSpecialOption(interruption, none);
    solver.setSolveOptions(options);
}

/// The cuts that CBC's own program adds by default, as often as it does.
void addCuts(CbcModel &model) {
    constexpr int whileUseful = -98, rootOnly = -99;
    CglProbing probing;
    probing.setUsingObjective(1);
    probing.setMaxPass(1);
    probing.setMaxPassRoot(1);
    probing.setMaxProbe(10);
    probing.setMaxProbeRoot(50);
    probing.setMaxLook(10);
    probing.setMaxLookRoot(50);
    probing.setMaxElements(200);
    probing.setMaxElementsRoot(300);
    probing.setRowCuts(3);
    model.addCutGenerator(&probing, whileUseful, "probing");
    CglGomory gomory;
    gomory.setLimitAtRoot(512);
    gomory.setLimit(50);
    model.addCutGenerator(&gomory, whileUseful, "Gomory");
    CglKnapsackCover knapsack;
    model.addCutGenerator(&knapsack, whileUseful, "knapsack");
    CglClique clique;
    clique.setStarCliqueReport(false);
    clique.setRowCliqueReport(false);
    clique.setMinViolation(0.1);
    model.addCutGenerator(&clique, whileUseful, "clique");
    CglMixedIntegerRounding2 rounding(1, true, 1);
    model.addCutGenerator(&rounding, whileUseful, "rounding");
    CglTwomir twomir;
    twomir.setMaxElements(250);
    model.addCutGenerator(&twomir, rootOnly, "twomir");
    CglZeroHalf half;
    model.addCutGenerator(&half, whileUseful, "zero-half");
}

void addHeuristics(CbcModel &model) {
    CbcRounding rounding(model);
    model.addHeuristic(&rounding, "rounding");
    CbcHeuristicFPump pump(model);
    pump.setMaximumPasses(20);
    model.addHeuristic(&pump, "feasibility pump");
    CbcHeuristicGreedyCover greedy(model);
    model.addHeuristic(&greedy, "greedy cover");
    CbcHeuristicDiveCoefficient dive(model);
    model.addHeuristic(&dive, "dive");
    CbcHeuristicRINS neighbours(model);
    model.addHeuristic(&neighbours, "RINS");
    CbcHeuristicLocal local(model);
    local.setSearchType(1);
    model.addHeuristic(&local, "combine");
}

}  // namespace

extern "C" branch_and_cut_status branch_and_cut(
    int columns, int rows, const int *starts, const int *indices, const double *values, const double *upper,
    const double *cost, const bool *is_whole, const double *row_lower, const double *row_upper,
    const branch_and_cut_options *options, double *solution, bool *is_found) {
    *is_found = false;
    try {
        StopSignal signal(*options);
        OsiClpSolverInterface solver;
        solver.messageHandler()->setLogLevel(0);
        leaveSignalsAlone(solver);
        const std::vector<double> lower(columns, 0.0);
        solver.loadProblem(
            columns, rows, starts, indices, values, lower.data(), upper, cost, row_lower, row_upper);
        for (int column = 0; column < columns; column++) {
            if (is_whole[column]) solver.setInteger(column);
        }
        solver.setDblParam(OsiPrimalTolerance, options->tolerance);
        SimplexEvents simplexEvents(&signal);
        solver.getModelPtr()->passInEventHandler(&simplexEvents);

        CbcModel model(solver);
        model.setLogLevel(0);
        TreeEvents treeEvents(&signal);
        model.passInEventHandler(&treeEvents);
        model.setUseElapsedTime(true);
        model.setMaximumSeconds(options->seconds);
        model.setMaximumNodes(options->nodes);
        model.setCutoff(options->cutoff);
        model.setCutoffIncrement(options->least_improvement);
        model.setAllowableGap(options->least_improvement);
        model.setAllowableFractionGap(0);
        model.setNumberStrong(5);
        model.setNumberBeforeTrust(10);
        model.setMaximumCutPassesAtRoot(-100);
        model.setMaximumCutPasses(10);
        addCuts(model);
        addHeuristics(model);
        model.initialSolve();
        if (signal.isSet()) return branch_and_cut_ended;
        if (!model.isInitialSolveProvenPrimalInfeasible()) model.branchAndBound();

        const double *best = model.bestSolution();
        if (best != nullptr) {
            std::copy(best, best + columns, solution);
            *is_found = true;
        }
        // A linear programme that was stopped can pass for one without a solution.
        if (signal.isSet()) return branch_and_cut_ended;
        const bool isInfeasible = model.isInitialSolveProvenPrimalInfeasible();
        const bool isDone = model.status() == 0 && (model.secondaryStatus() == 0 || model.secondaryStatus() == 1);
        return isInfeasible || isDone ? branch_and_cut_finished : branch_and_cut_ended;
    } catch (...) {
        // COIN-OR throws objects of its own, and what the standard library throws when memory is short.
        return branch_and_cut_ended;
    }
}
