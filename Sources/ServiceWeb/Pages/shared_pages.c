#include "page_files.h"

static const unsigned char tokens_css[] = {
#embed "Files/tokens.css"
};
static const unsigned char base_css[] = {
#embed "Files/base.css"
};
static const unsigned char api_js[] = {
#embed "Files/api.js"
};
static const unsigned char dom_js[] = {
#embed "Files/dom.js"
};
static const unsigned char frame_js[] = {
#embed "Files/frame.js"
};
static const unsigned char live_js[] = {
#embed "Files/live.js"
};
static const unsigned char session_js[] = {
#embed "Files/session.js"
};
static const unsigned char icon_svg[] = {
#embed "Files/icon.svg"
};

static const struct page_file files[] = {
    {"tokens.css", tokens_css, sizeof tokens_css},
    {"base.css", base_css, sizeof base_css},
    {"api.js", api_js, sizeof api_js},
    {"dom.js", dom_js, sizeof dom_js},
    {"frame.js", frame_js, sizeof frame_js},
    {"live.js", live_js, sizeof live_js},
    {"session.js", session_js, sizeof session_js},
    {"icon.svg", icon_svg, sizeof icon_svg},
};

struct page_table shared_pages(void) {
    return (struct page_table){files, sizeof files / sizeof *files};
}
