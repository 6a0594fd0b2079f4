#include "gateway_pages.h"

static const unsigned char account_html[] = {
#embed "Files/account.html"
};
static const unsigned char account_js[] = {
#embed "Files/account.js"
};
static const unsigned char agents_js[] = {
#embed "Files/agents.js"
};
static const unsigned char forms_js[] = {
#embed "Files/forms.js"
};
static const unsigned char gateway_css[] = {
#embed "Files/gateway.css"
};
static const unsigned char second_factor_js[] = {
#embed "Files/second-factor.js"
};

static const struct page_file files[] = {
    {"account.html", account_html, sizeof account_html},
    {"account.js", account_js, sizeof account_js},
    {"agents.js", agents_js, sizeof agents_js},
    {"forms.js", forms_js, sizeof forms_js},
    {"gateway.css", gateway_css, sizeof gateway_css},
    {"second-factor.js", second_factor_js, sizeof second_factor_js},
};

struct page_table gateway_pages(void) {
    return (struct page_table){files, sizeof files / sizeof *files};
}
