/// What differs from version to version, at level M.
struct QRVersion {
    let number: Int
    /// Codewords that mend errors, in each block.
    let checkLength: Int
    /// Codewords of data in each block.
    let blocks: [Int]
    /// The centres of alignment patterns, on both axes.
    let centres: [Int]

    var size: Int { 17 + 4 * number }
    private var dataLength: Int { blocks.reduce(0, +) }
    private var lengthBits: Int { number < 10 ? 8 : 16 }
    /// Bytes that fit, behind the mode and their number.
    var capacity: Int { (dataLength * 8 - 4 - lengthBits) / 8 }

    /// ISO/IEC 18004:2015, tables 9 and E.1.
    static let all = [
        QRVersion(number: 1, checkLength: 10, blocks: [16], centres: []),
        QRVersion(number: 2, checkLength: 16, blocks: [28], centres: [6, 18]),
        QRVersion(number: 3, checkLength: 26, blocks: [44], centres: [6, 22]),
        QRVersion(number: 4, checkLength: 18, blocks: [32, 32], centres: [6, 26]),
        QRVersion(number: 5, checkLength: 24, blocks: [43, 43], centres: [6, 30]),
        QRVersion(number: 6, checkLength: 16, blocks: [27, 27, 27, 27], centres: [6, 34]),
        QRVersion(number: 7, checkLength: 18, blocks: [31, 31, 31, 31], centres: [6, 22, 38]),
        QRVersion(number: 8, checkLength: 22, blocks: [38, 38, 39, 39], centres: [6, 24, 42]),
        QRVersion(number: 9, checkLength: 22, blocks: [36, 36, 36, 37, 37], centres: [6, 26, 46]),
        QRVersion(number: 10, checkLength: 26, blocks: [43, 43, 43, 43, 44], centres: [6, 28, 50]),
    ]

    /// Data and check codewords of `bytes`, interleaved as they are placed. They fit.
    func codewords(of bytes: [UInt8]) -> [UInt8] {
        let data = padded(bytes)
        let generator = ReedSolomon.generator(checkLength)
        var rest = data[...]
        var parts: [(data: ArraySlice<UInt8>, check: [UInt8])] = []
        for length in blocks {
            let block = rest.prefix(length)
            rest = rest.dropFirst(length)
            parts.append((block, ReedSolomon.remainder(of: block, by: generator)))
        }
        var result: [UInt8] = []
        for index in 0..<(blocks.max() ?? 0) {
            for part in parts where index < part.data.count {
                result.append(part.data[part.data.startIndex + index])
            }
        }
        for index in 0..<checkLength {
            for part in parts { result.append(part.check[index]) }
        }
        return result
    }

    /// Mode, length, bytes, and what fills the rest.
    private func padded(_ bytes: [UInt8]) -> [UInt8] {
        var bits = BitWriter()
        bits.append(0b0100, count: 4)
        bits.append(bytes.count, count: lengthBits)
        for byte in bytes { bits.append(Int(byte), count: 8) }
        bits.append(0, count: min(4, dataLength * 8 - bits.count))
        var data = bits.bytes
        var filler: UInt8 = 0xEC
        while data.count < dataLength {
            data.append(filler)
            filler ^= 0xEC ^ 0x11
        }
        return data
    }
}

/// Bits into bytes, the first bit on top.
private struct BitWriter {
    private(set) var bytes: [UInt8] = []
    private(set) var count = 0

    mutating func append(_ value: Int, count bits: Int) {
        for shift in (0..<bits).reversed() {
            if count % 8 == 0 { bytes.append(0) }
            if value >> shift & 1 == 1 { bytes[count / 8] |= 0x80 >> UInt8(count % 8) }
            count += 1
        }
    }
}
