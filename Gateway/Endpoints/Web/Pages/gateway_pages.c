#include "gateway_pages.h"

static const unsigned char login_css[] = {
#embed "Files/login.css"
};

static const struct page_file files[] = {
    {"login.css", login_css, sizeof login_css},
};

struct page_table gateway_pages(void) {
    return (struct page_table){files, sizeof files / sizeof *files};
}
