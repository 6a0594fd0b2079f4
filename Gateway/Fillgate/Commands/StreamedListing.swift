/// Listings that are written as their entries come, in the form that `Listing` gives to whole ones.

/// An array of JSON objects.
struct StreamedArray {
    private let output: TextOutput
    private var isEmpty = true

    init(to output: TextOutput) { self.output = output }

    mutating func add(_ value: some Encodable) throws {
        let lines = try Listing.json(value).replacing("\n", with: "\n  ")
        try output.write((isEmpty ? "[\n  " : ",\n  ") + lines)
        isEmpty = false
    }

    func end() throws(CommandFailure) {
        try output.write(isEmpty ? "[\n\n]\n" : "\n]\n")
        try output.flush()
    }
}

/// A table whose rows are seen twice: first for the widths of its columns, then to be written.
struct StreamedTable {
    private let output: TextOutput
    private let titles: [String]
    private var widths: [Int]

    init(_ titles: [String], to output: TextOutput) {
        self.output = output
        self.titles = titles
        widths = titles.map(\.count)
    }

    mutating func measure(_ cells: [String]) {
        for (column, cell) in cells.enumerated() { widths[column] = max(widths[column], cell.count) }
    }

    func begin() throws(CommandFailure) { try add(titles) }
    func add(_ cells: [String]) throws(CommandFailure) {
        try output.write(Listing.line(cells, widths) + "\n")
    }
    func end() throws(CommandFailure) { try output.flush() }
}
