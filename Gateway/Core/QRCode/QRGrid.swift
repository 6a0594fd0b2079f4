/// The modules of a QR code while it is drawn.
struct QRGrid {
    let size: Int
    private(set) var modules: [Bool]
    /// Those that belong to a pattern of their own and hold no data.
    private var isTaken: [Bool]

    /// With everything but the data and the format.
    init(version: QRVersion) {
        size = version.size
        modules = [Bool](repeating: false, count: size * size)
        isTaken = modules
        for index in 0..<size {
            set(6, index, index % 2 == 0)
            set(index, 6, index % 2 == 0)
        }
        for (x, y) in [(3, 3), (size - 4, 3), (3, size - 4)] { drawFinder(x, y) }
        drawAlignments(version.centres)
        drawFormat(mask: 0)
        if version.number >= 7 { drawVersion(version.number) }
    }

    private mutating func set(_ x: Int, _ y: Int, _ isDark: Bool) {
        modules[y * size + x] = isDark
        isTaken[y * size + x] = true
    }

    private func isDark(_ x: Int, _ y: Int) -> Bool { modules[y * size + x] }

    // MARK: Patterns

    /// Around a centre, with the light rim.
    private mutating func drawFinder(_ x: Int, _ y: Int) {
        for dy in -4...4 {
            for dx in -4...4 where (0..<size).contains(x + dx) && (0..<size).contains(y + dy) {
                let ring = max(abs(dx), abs(dy))
                set(x + dx, y + dy, ring != 2 && ring != 4)
            }
        }
    }

    private mutating func drawAlignments(_ centres: [Int]) {
        guard let first = centres.first, let last = centres.last else { return }
        for x in centres {
            for y in centres {
                // Finders are there.
                if (x, y) == (first, first) || (x, y) == (first, last) || (x, y) == (last, first) { continue }
                for dy in -2...2 {
                    for dx in -2...2 { set(x + dx, y + dy, max(abs(dx), abs(dy)) != 1) }
                }
            }
        }
    }

    /// The level, which is M, and the mask, twice.
    mutating func drawFormat(mask: Int) {
        var rest = mask
        for _ in 0..<10 { rest = rest << 1 ^ (rest >> 9) * 0x537 }
        let bits = (mask << 10 | rest) ^ 0x5412
        func bit(_ index: Int) -> Bool { bits >> index & 1 == 1 }
        for index in 0...5 { set(8, index, bit(index)) }
        set(8, 7, bit(6))
        set(8, 8, bit(7))
        set(7, 8, bit(8))
        for index in 9..<15 { set(14 - index, 8, bit(index)) }
        for index in 0..<8 { set(size - 1 - index, 8, bit(index)) }
        for index in 8..<15 { set(8, size - 15 + index, bit(index)) }
        set(8, size - 8, true)
    }

    private mutating func drawVersion(_ number: Int) {
        var rest = number
        for _ in 0..<12 { rest = rest << 1 ^ (rest >> 11) * 0x1F25 }
        let bits = number << 12 | rest
        for index in 0..<18 {
            let isDark = bits >> index & 1 == 1
            let (far, near) = (size - 11 + index % 3, index / 3)
            set(far, near, isDark)
            set(near, far, isDark)
        }
    }

    // MARK: Data

    /// Two columns at a time from the right, upwards and downwards in turn, turned over where the mask says.
    mutating func place(_ codewords: [UInt8], mask: Int) {
        var index = 0
        var right = size - 1
        while right >= 1 {
            if right == 6 { right = 5 }
            let goesUp = (right + 1) & 2 == 0
            for step in 0..<size {
                let y = goesUp ? size - 1 - step : step
                for x in [right, right - 1] where !isTaken[y * size + x] {
                    let isDark =
                        index < codewords.count * 8
                        && codewords[index / 8] >> UInt8(7 - index % 8) & 1 == 1
                    modules[y * size + x] = isDark != Self.turns(mask, x, y)
                    index += 1
                }
            }
            right -= 2
        }
    }

    private static func turns(_ mask: Int, _ x: Int, _ y: Int) -> Bool {
        switch mask {
        case 0: (x + y) % 2 == 0
        case 1: y % 2 == 0
        case 2: x % 3 == 0
        case 3: (x + y) % 3 == 0
        case 4: (x / 3 + y / 2) % 2 == 0
        case 5: x * y % 2 + x * y % 3 == 0
        case 6: (x * y % 2 + x * y % 3) % 2 == 0
        default: ((x + y) % 2 + x * y % 3) % 2 == 0
        }
    }

    // MARK: Choosing a mask

    /// How hard it is to read (ISO/IEC 18004 §7.8.3): the less the better.
    var penalty: Int {
        var result = 0
        for index in 0..<size {
            result += linePenalty { self.isDark($0, index) } + linePenalty { self.isDark(index, $0) }
        }
        for y in 0..<(size - 1) {
            for x in 0..<(size - 1) {
                let colour = isDark(x, y)
                if colour == isDark(x + 1, y), colour == isDark(x, y + 1), colour == isDark(x + 1, y + 1) {
                    result += 3
                }
            }
        }
        let dark = modules.count(where: \.self)
        return result + abs(dark * 20 - size * size * 10) / (size * size) * 10
    }

    /// Runs of five and more, and what looks like a finder.
    private func linePenalty(_ isDark: (Int) -> Bool) -> Int {
        var result = 0
        var run = 0
        for index in 0..<size {
            run = index > 0 && isDark(index) == isDark(index - 1) ? run + 1 : 1
            if run == 5 { result += 3 } else if run > 5 { result += 1 }
        }
        let finder = [true, false, true, true, true, false, true]
        for start in 0...(size - 7) where (0..<7).allSatisfy({ isDark(start + $0) == finder[$0] }) {
            func isFree(_ range: Range<Int>) -> Bool {
                range.allSatisfy { !(0..<size).contains($0) || !isDark($0) }
            }
            if isFree(start - 4..<start) { result += 40 }
            if isFree(start + 7..<start + 11) { result += 40 }
        }
        return result
    }
}
