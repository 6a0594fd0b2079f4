#include "gateway_pages.h"

static const unsigned char account_html[] = {
#embed "Files/account.html"
};
static const unsigned char account_js[] = {
#embed "Files/account.js"
};
static const unsigned char admin_account_js[] = {
#embed "Files/admin-account.js"
};
static const unsigned char admin_audit_js[] = {
#embed "Files/admin-audit.js"
};
static const unsigned char admin_health_js[] = {
#embed "Files/admin-health.js"
};
static const unsigned char admin_limits_js[] = {
#embed "Files/admin-limits.js"
};
static const unsigned char admin_lockouts_js[] = {
#embed "Files/admin-lockouts.js"
};
static const unsigned char admin_overview_js[] = {
#embed "Files/admin-overview.js"
};
static const unsigned char admin_users_js[] = {
#embed "Files/admin-users.js"
};
static const unsigned char admin_css[] = {
#embed "Files/admin.css"
};
static const unsigned char admin_html[] = {
#embed "Files/admin.html"
};
static const unsigned char admin_js[] = {
#embed "Files/admin.js"
};
static const unsigned char agents_js[] = {
#embed "Files/agents.js"
};
static const unsigned char cards_js[] = {
#embed "Files/cards.js"
};
static const unsigned char figures_js[] = {
#embed "Files/figures.js"
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
    {"admin-account.js", admin_account_js, sizeof admin_account_js},
    {"admin-audit.js", admin_audit_js, sizeof admin_audit_js},
    {"admin-health.js", admin_health_js, sizeof admin_health_js},
    {"admin-limits.js", admin_limits_js, sizeof admin_limits_js},
    {"admin-lockouts.js", admin_lockouts_js, sizeof admin_lockouts_js},
    {"admin-overview.js", admin_overview_js, sizeof admin_overview_js},
    {"admin-users.js", admin_users_js, sizeof admin_users_js},
    {"admin.css", admin_css, sizeof admin_css},
    {"admin.html", admin_html, sizeof admin_html},
    {"admin.js", admin_js, sizeof admin_js},
    {"agents.js", agents_js, sizeof agents_js},
    {"cards.js", cards_js, sizeof cards_js},
    {"figures.js", figures_js, sizeof figures_js},
    {"forms.js", forms_js, sizeof forms_js},
    {"gateway.css", gateway_css, sizeof gateway_css},
    {"second-factor.js", second_factor_js, sizeof second_factor_js},
};

struct page_table gateway_pages(void) {
    return (struct page_table){files, sizeof files / sizeof *files};
}
