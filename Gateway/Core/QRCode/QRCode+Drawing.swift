/// A QR code as people see it, with the light rim of four modules that readers want.
extension QRCode {
    static let rim = 4

    /// Lines for a terminal, two rows of modules each. With `colours`, escape sequences make dark dark and light light
    /// whatever the terminal's own colours are; without, dark is what the terminal writes with.
    package func lines(colours: Bool) -> [String] {
        stride(from: -Self.rim, to: size + Self.rim, by: 2).map { y in
            let cells = (-Self.rim..<size + Self.rim).map { x -> Character in
                switch (isDark(x, y), isDark(x, y + 1)) {
                case (true, true): "█"
                case (true, false): "▀"
                case (false, true): "▄"
                case (false, false): " "
                }
            }
            return colours ? "\u{1B}[30;107m" + String(cells) + "\u{1B}[0m" : String(cells)
        }
    }

    /// A drawing for a page: one path of dark modules on white, without any style or script of its own.
    package var svg: String {
        let side = size + 2 * Self.rim
        var path = ""
        for y in 0..<size {
            var x = 0
            while x < size {
                let end = (x..<size).first { !isDark($0, y) } ?? size
                if end > x { path += "M\(x + Self.rim) \(y + Self.rim)h\(end - x)v1h-\(end - x)z" }
                x = max(end, x) + 1
            }
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(side * 6)" height="\(side * 6)" viewBox="0 0 \(side) \(side)" shape-rendering="crispEdges">\
            <path fill="#fff" d="M0 0h\(side)v\(side)H0z"/><path fill="#000" d="\(path)"/></svg>
            """
    }
}
