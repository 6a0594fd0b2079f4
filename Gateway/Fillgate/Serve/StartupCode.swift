#if canImport(Glibc)
    import Glibc
#endif

/// The pages of code that starting has brought into memory: most of them are never run again, and they are two
/// thirds of what a worker with few connections is resident with.
enum StartupCode {
    /// Lets go of them. What still runs comes back from the page cache, page by page, when it next does.
    ///
    /// - Returns: the bytes of code that were looked at; 0 where the system does not say what is mapped.
    @discardableResult
    static func release() -> Int {
        guard let maps = contents(of: "/proc/self/maps") else { return 0 }
        var bytes = 0
        for line in maps.split(separator: "\n") {
            guard let range = codeRange(line),
                let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound)
            else { continue }
            // SAFETY: the range is a mapping of a file that can be run and not be written, so none of its pages
            // differs from the file, and the kernel reads each again when it is next touched.
            if madvise(start, range.count, Int32(MADV_DONTNEED)) == 0 { bytes += range.count }
        }
        return bytes
    }

    /// The addresses in a line of /proc/PID/maps (proc(5)), if they are code from a file that nobody can have
    /// changed in memory: `START-END r-xp OFFSET DEVICE INODE /PATH`.
    static func codeRange(_ line: some StringProtocol) -> Range<UInt>? {
        let fields = line.split(separator: " ")
        guard fields.count >= 6, fields[1] == "r-xp", fields[5].hasPrefix("/") else { return nil }
        let ends = fields[0].split(separator: "-")
        guard ends.count == 2, let lower = UInt(ends[0], radix: 16), let upper = UInt(ends[1], radix: 16),
            lower < upper
        else { return nil }
        return lower..<upper
    }

    /// The kernel's files have no size, so this reads until there is no more.
    private static func contents(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            // SAFETY: the pointer is used within the closure, for at most the bytes that the array has.
            let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return count == 0 ? String(decoding: bytes, as: UTF8.self) : nil }
            bytes += chunk[..<count]
        }
    }
}
