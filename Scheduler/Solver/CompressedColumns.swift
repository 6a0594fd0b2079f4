/// Columns of a sparse matrix, one behind the other, as COIN-OR's C interfaces take them.
struct CompressedColumns {
    /// Where each column begins in `indices` and `values`, and behind the last where it ends.
    private(set) var starts: [Int32] = [0]
    private(set) var indices: [Int32] = []
    private(set) var values: [Double] = []

    init(_ columns: some Sequence<LinearProgram.Vector>) {
        for column in columns {
            for (index, value) in column {
                indices.append(Int32(index))
                values.append(value)
            }
            starts.append(Int32(indices.count))
        }
    }
}
