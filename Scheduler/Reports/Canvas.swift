import CPangoCairo
import Foundation
import SchedulingCore

/// Pages of a PDF, drawn with cairo and written with Pango. Lengths are in points (1/72 inch), from the upper
/// left corner.
final class Canvas {
    /// What text looks like.
    struct Style: Hashable {
        /// In points.
        var size: Double
        var weight = Weight.regular
        var colour = Colour.ink
        var alignment = Alignment.left

        enum Weight: String { case regular = "", medium = "Medium", bold = "Semi-Bold" }
        enum Alignment: Hashable { case left, centre, right }
    }

    private let surface: OpaquePointer
    private let context: OpaquePointer
    private let layout: OpaquePointer
    private var fonts: [String: OpaquePointer] = [:]
    /// The font that the layout has now.
    private var font = ""
    private var output = Output()

    /// The bytes that cairo has written.
    private final class Output { var bytes: [UInt8] = [] }

    /// Families in the order in which they are wanted; what they lack comes from any other.
    private static let families = "Inter, DejaVu Sans, sans-serif"

    /// The PDF that `draw` makes.
    static func file(
        width: Double, height: Double, titled title: String, at time: UTCTime, _ draw: (Canvas) -> Void
    ) throws(ReportFault) -> [UInt8] {
        let output = Output()
        let write: cairo_write_func_t = { closure, data, length in
            guard let closure, let data else { return CAIRO_STATUS_WRITE_ERROR }
            // SAFETY: `closure` is the `Output` below, which outlives the surface.
            Unmanaged<Output>.fromOpaque(closure).takeUnretainedValue().bytes
                .append(contentsOf: UnsafeBufferPointer(start: data, count: Int(length)))
            return CAIRO_STATUS_SUCCESS
        }
        // SAFETY: the surface is destroyed before this function returns, and `output` lives until then.
        let opaque = Unmanaged.passUnretained(output).toOpaque()
        return try withExtendedLifetime(output) { () throws(ReportFault) in
            guard let surface = cairo_pdf_surface_create_for_stream(write, opaque, width, height),
                let context = cairo_create(surface)
            else { throw ReportFault("cairo", "no memory") }
            defer {
                cairo_destroy(context)
                cairo_surface_destroy(surface)
            }
            guard let layout = pango_cairo_create_layout(context) else {
                throw ReportFault("pango", "no memory")
            }
            defer { g_object_unref(UnsafeMutableRawPointer(layout)) }
            cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title)
            cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Fillgate")
            cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, time.wholeSeconds)
            let canvas = Canvas(surface: surface, context: context, layout: layout)
            draw(canvas)
            cairo_surface_finish(surface)
            let status = (cairo_status(context), cairo_surface_status(surface))
            for status in [status.0, status.1] where status != CAIRO_STATUS_SUCCESS {
                throw ReportFault("cairo", String(cString: cairo_status_to_string(status)))
            }
            return output.bytes
        }
    }

    private init(surface: OpaquePointer, context: OpaquePointer, layout: OpaquePointer) {
        self.surface = surface
        self.context = context
        self.layout = layout
        pango_layout_set_single_paragraph_mode(layout, 1)
        pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END)
        // Columns stay columns whatever direction a text is written in.
        pango_layout_set_auto_dir(layout, 0)
        // Digits of one width, so that columns of numbers stand straight.
        let attributes = pango_attr_list_new()
        pango_attr_list_insert(attributes, pango_attr_font_features_new("tnum=1"))
        pango_layout_set_attributes(layout, attributes)
        pango_attr_list_unref(attributes)
        // Paper has no pixels for which letters would have to be moved.
        let inner = pango_layout_get_context(layout)
        let options = cairo_font_options_create()
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        pango_cairo_context_set_font_options(inner, options)
        cairo_font_options_destroy(options)
        pango_context_set_round_glyph_positions(inner, 0)
    }

    deinit { for font in fonts.values { pango_font_description_free(font) } }

    // MARK: - Pages

    /// Ends the page; the next has the same size.
    func endPage() { cairo_show_page(context) }

    /// A bookmark that leads to the present page.
    func bookmark(_ title: String) {
        cairo_pdf_surface_add_outline(
            surface, CAIRO_PDF_OUTLINE_ROOT, title, "page=\(page)", CAIRO_PDF_OUTLINE_FLAG_OPEN)
    }

    /// The present page's number, which the caller keeps.
    var page = 1

    // MARK: - Shapes

    func fill(_ box: Box, _ colour: Colour, opacity: Double = 1) {
        set(colour, opacity: opacity)
        cairo_rectangle(context, box.x, box.y, box.width, box.height)
        cairo_fill(context)
    }

    func outline(_ box: Box, _ colour: Colour, width: Double = 0.5) {
        set(colour)
        cairo_set_line_width(context, width)
        cairo_rectangle(context, box.x, box.y, box.width, box.height)
        cairo_stroke(context)
    }

    func line(
        from start: (x: Double, y: Double), to end: (x: Double, y: Double), _ colour: Colour, width: Double
    ) {
        set(colour)
        cairo_set_line_width(context, width)
        cairo_move_to(context, start.x, start.y)
        cairo_line_to(context, end.x, end.y)
        cairo_stroke(context)
    }

    /// Lines or dots over `box`, `spacing` apart and aligned with the page.
    func hatch(_ box: Box, _ pattern: TypeMark.Pattern, _ colour: Colour, opacity: Double, spacing: Double) {
        guard pattern != .plain, box.width > 0 else { return }
        cairo_save(context)
        defer { cairo_restore(context) }
        cairo_rectangle(context, box.x, box.y, box.width, box.height)
        cairo_clip(context)
        set(colour, opacity: opacity)
        cairo_set_line_width(context, 0.5)
        switch pattern {
        case .plain: break
        case .rising: slanted(box, spacing: spacing, rises: true)
        case .falling: slanted(box, spacing: spacing, rises: false)
        case .level: levels(box, spacing: spacing)
        case .grid:
            levels(box, spacing: spacing)
            for x in stride(from: (box.x / spacing).rounded(.up) * spacing, to: box.right, by: spacing) {
                cairo_move_to(context, x, box.y)
                cairo_line_to(context, x, box.bottom)
            }
        case .dots:
            for x in stride(from: (box.x / spacing).rounded(.up) * spacing, to: box.right, by: spacing) {
                for y in stride(from: box.y + spacing / 2, to: box.bottom, by: spacing) {
                    cairo_rectangle(context, x - 0.4, y - 0.4, 0.8, 0.8)
                }
            }
            cairo_fill(context)
        }
        cairo_stroke(context)
    }

    private func slanted(_ box: Box, spacing: Double, rises: Bool) {
        let reach = box.height
        for x in stride(
            from: ((box.x - reach) / spacing).rounded(.up) * spacing, to: box.right + reach, by: spacing)
        {
            cairo_move_to(context, x, rises ? box.bottom : box.y)
            cairo_line_to(context, x + reach, rises ? box.y : box.bottom)
        }
    }

    private func levels(_ box: Box, spacing: Double) {
        for y in stride(from: box.y + spacing / 2, to: box.bottom, by: spacing) {
            cairo_move_to(context, box.x, y)
            cairo_line_to(context, box.right, y)
        }
    }

    private func set(_ colour: Colour, opacity: Double = 1) {
        let parts = colour.parts
        cairo_set_source_rgba(context, parts.red, parts.green, parts.blue, opacity)
    }

    // MARK: - Text

    /// One line of text in `box`, centred vertically, cut with an ellipsis where it is wider.
    func text(_ text: String, in box: Box, _ style: Style) {
        guard box.width > 0, !text.isEmpty else { return }
        prepare(text, style)
        pango_layout_set_width(layout, Int32(box.width * Double(PANGO_SCALE)))
        pango_layout_set_alignment(layout, style.alignment.pango)
        var (width, height): (Int32, Int32) = (0, 0)
        pango_layout_get_size(layout, &width, &height)
        set(style.colour)
        cairo_move_to(context, box.x, box.y + (box.height - Double(height) / Double(PANGO_SCALE)) / 2)
        pango_cairo_show_layout(context, layout)
    }

    /// How wide `text` is if nothing cuts it.
    func width(of text: String, _ style: Style) -> Double {
        prepare(text, style)
        pango_layout_set_width(layout, -1)
        var (width, height): (Int32, Int32) = (0, 0)
        pango_layout_get_size(layout, &width, &height)
        return Double(width) / Double(PANGO_SCALE)
    }

    private func prepare(_ text: String, _ style: Style) {
        let name = "\(Self.families) \(style.weight.rawValue) \(style.size)px"
        if name != font {
            let description = fonts[name] ?? pango_font_description_from_string(name)
            fonts[name] = description
            pango_layout_set_font_description(layout, description)
            font = name
        }
        pango_layout_set_text(layout, text, -1)
    }
}

/// A rectangle on a page, in points.
struct Box {
    var x, y, width, height: Double

    var right: Double { x + width }
    var bottom: Double { y + height }

    /// The box with `margin` less at the left and at the right.
    func narrowed(by margin: Double) -> Box {
        Box(x: x + margin, y: y, width: width - 2 * margin, height: height)
    }
}

extension Canvas.Style.Alignment {
    fileprivate var pango: PangoAlignment {
        switch self {
        case .left: PANGO_ALIGN_LEFT
        case .centre: PANGO_ALIGN_CENTER
        case .right: PANGO_ALIGN_RIGHT
        }
    }
}

extension UTCTime {
    /// RFC 3339 without a fraction.
    fileprivate var wholeSeconds: String {
        var whole = self
        whole.microseconds -= whole.microseconds % 1_000_000
        return whole.description
    }
}
