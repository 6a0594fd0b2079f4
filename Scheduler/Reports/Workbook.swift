import CXLSXWriter
import Foundation
import SchedulingCore

/// A workbook in the making, on libxlsxwriter. It lives as long as the closure of `file(titled:at:_:)`.
final class Workbook {
    enum Cell {
        case text(String?)
        case whole(Int64)
        /// A number with two decimals shown; all of it is kept.
        case decimal(Double)
        /// A share of one, shown in percent.
        case share(Double)
        /// A moment in UTC, shown to the minute; all of it is kept.
        case date(UTCTime?)
        case nothing
    }

    struct Column {
        var name: String
        /// In characters of the standard font.
        var width: Double

        init(_ name: String, width: Double) {
            self.name = name
            self.width = width
        }
    }

    private let book: UnsafeMutablePointer<lxw_workbook>
    private let formats: Formats
    /// The first thing that the library refused.
    private var fault = LXW_NO_ERROR

    /// The bytes of the workbook that `fill` makes.
    ///
    /// - Parameter time: Stands in the file as its date.
    static func file(
        titled title: String, at time: UTCTime, _ fill: (Workbook) -> Void
    ) throws(ReportFault) -> [UInt8] {
        // The library writes to a path; this one leads to a file without a name.
        guard let file = tmpfile() else {
            throw ReportFault("tmpfile", String(cString: strerror(errno)))
        }
        defer { fclose(file) }
        let fault = try write(to: "/proc/self/fd/\(fileno(file))", titled: title, at: time, fill)
        guard fault == LXW_NO_ERROR else {
            throw ReportFault("libxlsxwriter", String(cString: lxw_strerror(fault)))
        }
        do {
            let handle = FileHandle(fileDescriptor: fileno(file), closeOnDealloc: false)
            try handle.seek(toOffset: 0)
            return try Array(handle.readToEnd() ?? Data())
        } catch { throw ReportFault("tmpfile", "\(error)") }
    }

    private static func write(
        to path: String, titled title: String, at time: UTCTime, _ fill: (Workbook) -> Void
    ) throws(ReportFault) -> lxw_error {
        guard let book = workbook_new(path), let workbook = Workbook(book) else {
            throw ReportFault("libxlsxwriter", "no memory")
        }
        workbook.setProperties(title: title, time: time)
        fill(workbook)
        // Writes and frees all of it, whatever went before.
        let closing = workbook_close(book)
        return workbook.fault == LXW_NO_ERROR ? closing : workbook.fault
    }

    private init?(_ book: UnsafeMutablePointer<lxw_workbook>) {
        guard let formats = Formats(book) else {
            workbook_close(book)
            return nil
        }
        self.book = book
        self.formats = formats
    }

    private func setProperties(title: String, time: UTCTime) {
        title.withCString { text in
            var properties = lxw_doc_properties()
            // SAFETY: the library copies the text and does not write to it.
            properties.title = UnsafeMutablePointer(mutating: text)
            properties.created = time_t(time.microseconds / 1_000_000)
            note(workbook_set_properties(book, &properties))
        }
    }

    private func note(_ error: lxw_error) {
        if fault == LXW_NO_ERROR { fault = error }
    }

    /// A new sheet with a row of headings that stays in sight and on every printed page.
    func sheet(_ name: String, columns: [Column]) -> Sheet {
        Sheet(workbook_add_worksheet(book, name), of: self, columns: columns)
    }

    /// How cells look.
    private struct Formats {
        let heading, text, whole, decimal, share, date: UnsafeMutablePointer<lxw_format>

        init?(_ book: UnsafeMutablePointer<lxw_workbook>) {
            func format(_ code: String?) -> UnsafeMutablePointer<lxw_format>? {
                let format = workbook_add_format(book)
                if let code { format_set_num_format(format, code) }
                return format
            }
            // "@" marks a cell as text, so that it stays one when somebody edits it.
            guard let heading = format(nil), let text = format("@"), let whole = format("#,##0"),
                let decimal = format("#,##0.00"), let share = format("0.0%"),
                let date = format("yyyy-mm-dd hh:mm")
            else { return nil }
            format_set_bold(heading)
            format_set_bottom(heading, UInt8(LXW_BORDER_THIN.rawValue))
            format_set_bg_color(heading, Colour.band.code)
            format_set_align(date, UInt8(LXW_ALIGN_LEFT.rawValue))
            (self.heading, self.text, self.whole) = (heading, text, whole)
            (self.decimal, self.share, self.date) = (decimal, share, date)
        }
    }

    /// One sheet, filled row by row.
    final class Sheet {
        private let sheet: UnsafeMutablePointer<lxw_worksheet>?
        private let book: Workbook
        private let columns: Int
        private var row: lxw_row_t = 0

        fileprivate init(
            _ sheet: UnsafeMutablePointer<lxw_worksheet>?, of book: Workbook, columns: [Column]
        ) {
            self.sheet = sheet
            self.book = book
            self.columns = columns.count
            for (index, column) in columns.enumerated() {
                let index = lxw_col_t(index)
                book.note(worksheet_set_column(sheet, index, index, column.width, nil))
                book.note(worksheet_write_string(sheet, 0, index, column.name, book.formats.heading))
            }
            row = 1
            worksheet_freeze_panes(sheet, 1, 0)
            book.note(worksheet_repeat_rows(sheet, 0, 0))
            worksheet_set_landscape(sheet)
            // 9 is A4; as many pages high as it takes.
            worksheet_set_paper(sheet, 9)
            worksheet_fit_to_pages(sheet, 1, 0)
            book.note(worksheet_set_footer(sheet, "&L&A&RPage &P of &N"))
        }

        func append(_ cells: [Cell]) {
            for (index, cell) in cells.enumerated() { write(cell, at: lxw_col_t(index)) }
            row += 1
        }

        /// After the last row: the headings become filters.
        func finish() {
            guard row > 1 else { return }
            book.note(worksheet_autofilter(sheet, 0, 0, row - 1, lxw_col_t(columns - 1)))
        }

        private func write(_ cell: Cell, at column: lxw_col_t) {
            let formats = book.formats
            switch cell {
            case .nothing, .text(nil), .date(nil): return
            case .text(.some(let text)):
                let text = Workbook.escaped(ReportText.shown(text))
                book.note(worksheet_write_string(sheet, row, column, text, formats.text))
            case .whole(let number):
                book.note(worksheet_write_number(sheet, row, column, Double(number), formats.whole))
            case .decimal(let number):
                book.note(worksheet_write_number(sheet, row, column, number, formats.decimal))
            case .share(let share):
                book.note(worksheet_write_number(sheet, row, column, share, formats.share))
            case .date(.some(let time)):
                book.note(worksheet_write_number(sheet, row, column, Workbook.day(time), formats.date))
            }
        }
    }

    /// A moment as spreadsheets count it: days since 1899-12-30, with a fraction.
    static func day(_ time: UTCTime) -> Double { Double(time.microseconds) / 86_400_000_000 + 25_569 }

    /// `text` for a cell: readers take `_x0041_` for the character of that code (ECMA-376, 22.9.2.19), so an
    /// underscore that starts such a code is written as its own code.
    static func escaped(_ text: String) -> String {
        text.replacing(/_(?=x[0-9A-Fa-f]{4}_)/, with: "_x005F_")
    }
}
