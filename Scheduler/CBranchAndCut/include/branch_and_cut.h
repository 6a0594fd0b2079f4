#pragma once

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    /// Only solutions that cost less are of interest.
    double cutoff;
    /// A node is not looked into for an improvement smaller than this.
    double least_improvement;
    /// How far a row may be missed.
    double tolerance;
    double seconds;
    int nodes;
    /// Asked often, by the thread that called: whether to give up. It must return at once.
    bool (*should_stop)(void *context);
    void *context;
} branch_and_cut_options;

typedef enum {
    /// Nothing better than the solution, or than the cutoff where there is none, exists.
    branch_and_cut_finished,
    /// Time, nodes, a stop or an error ended the search.
    branch_and_cut_ended,
} branch_and_cut_status;

/// Branch and cut by COIN-OR CBC, with an event handler that lets it be stopped; its C interface has none.
///
/// The programme is minimised. Its columns are at least 0, some of them whole. Nothing is kept beyond the call, and
/// several threads may be in here at once.
/// - Parameter starts: where each column begins in `indices` and `values`, and behind the last where it ends.
/// - Parameter upper: each column's bound.
/// - Parameter is_whole: whether a column is whole.
/// - Parameter solution: takes the columns of the best solution.
/// - Parameter is_found: whether there was one.
branch_and_cut_status branch_and_cut(
    int columns, int rows, const int *starts, const int *indices, const double *values, const double *upper,
    const double *cost, const bool *is_whole, const double *row_lower, const double *row_upper,
    const branch_and_cut_options *options, double *solution, bool *is_found);

#ifdef __cplusplus
}
#endif
