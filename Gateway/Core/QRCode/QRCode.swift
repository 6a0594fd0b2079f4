/// A QR code (ISO/IEC 18004) of bytes, of versions 1 to 10 at level M, which mends an eighth of its modules: what
/// an enrolment shows. 213 bytes at most.
package struct QRCode: Sendable, Hashable {
    /// Modules on each side.
    package let size: Int
    /// Row by row; true is dark.
    package private(set) var modules: [Bool]
    /// 1 to 10.
    package let version: Int
    /// 0 to 7.
    package let mask: Int

    /// The longest text, in bytes.
    package static let longest = QRVersion.all[QRVersion.all.count - 1].capacity

    /// Nil for a text that is empty or too long. Without `mask` the one that is easiest to read is taken.
    package init?(_ text: String, mask wanted: Int? = nil) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, let version = QRVersion.all.first(where: { $0.capacity >= bytes.count }) else {
            return nil
        }
        let codewords = version.codewords(of: bytes)
        var best: (grid: QRGrid, mask: Int, penalty: Int)?
        for mask in 0..<8 where wanted == nil || mask == wanted {
            var grid = QRGrid(version: version)
            grid.place(codewords, mask: mask)
            grid.drawFormat(mask: mask)
            let penalty = grid.penalty
            if penalty < best?.penalty ?? .max { best = (grid, mask, penalty) }
        }
        guard let best else { return nil }
        self.version = version.number
        mask = best.mask
        size = best.grid.size
        modules = best.grid.modules
    }

    /// Whether a module is dark; those outside are light.
    package func isDark(_ x: Int, _ y: Int) -> Bool {
        (0..<size).contains(x) && (0..<size).contains(y) && modules[y * size + x]
    }
}
