#include "scheduler_pages.h"

static const unsigned char planner_css[] = {
#embed "Files/planner.css"
};
static const unsigned char compare_html[] = {
#embed "Files/compare.html"
};
static const unsigned char new_html[] = {
#embed "Files/new.html"
};
static const unsigned char schedule_html[] = {
#embed "Files/schedule.html"
};
static const unsigned char schedules_html[] = {
#embed "Files/schedules.html"
};
static const unsigned char templates_html[] = {
#embed "Files/templates.html"
};
static const unsigned char activities_js[] = {
#embed "Files/activities.js"
};
static const unsigned char chart_card_js[] = {
#embed "Files/chart-card.js"
};
static const unsigned char compare_js[] = {
#embed "Files/compare.js"
};
static const unsigned char comparison_js[] = {
#embed "Files/comparison.js"
};
static const unsigned char csv_js[] = {
#embed "Files/csv.js"
};
static const unsigned char download_js[] = {
#embed "Files/download.js"
};
static const unsigned char draft_js[] = {
#embed "Files/draft.js"
};
static const unsigned char figures_js[] = {
#embed "Files/figures.js"
};
static const unsigned char follow_js[] = {
#embed "Files/follow.js"
};
static const unsigned char gantt_axis_js[] = {
#embed "Files/gantt-axis.js"
};
static const unsigned char gantt_hands_js[] = {
#embed "Files/gantt-hands.js"
};
static const unsigned char gantt_marks_js[] = {
#embed "Files/gantt-marks.js"
};
static const unsigned char gantt_words_js[] = {
#embed "Files/gantt-words.js"
};
static const unsigned char gantt_js[] = {
#embed "Files/gantt.js"
};
static const unsigned char lots_js[] = {
#embed "Files/lots.js"
};
static const unsigned char matrix_js[] = {
#embed "Files/matrix.js"
};
static const unsigned char new_js[] = {
#embed "Files/new.js"
};
static const unsigned char palette_js[] = {
#embed "Files/palette.js"
};
static const unsigned char parts_js[] = {
#embed "Files/parts.js"
};
static const unsigned char race_js[] = {
#embed "Files/race.js"
};
static const unsigned char schedule_js[] = {
#embed "Files/schedule.js"
};
static const unsigned char schedules_js[] = {
#embed "Files/schedules.js"
};
static const unsigned char settings_js[] = {
#embed "Files/settings.js"
};
static const unsigned char strategies_js[] = {
#embed "Files/strategies.js"
};
static const unsigned char template_editor_js[] = {
#embed "Files/template-editor.js"
};
static const unsigned char templates_js[] = {
#embed "Files/templates.js"
};
static const unsigned char timeline_js[] = {
#embed "Files/timeline.js"
};
static const unsigned char zones_js[] = {
#embed "Files/zones.js"
};

static const struct page_file files[] = {
    {"planner.css", planner_css, sizeof planner_css},
    {"compare.html", compare_html, sizeof compare_html},
    {"new.html", new_html, sizeof new_html},
    {"schedule.html", schedule_html, sizeof schedule_html},
    {"schedules.html", schedules_html, sizeof schedules_html},
    {"templates.html", templates_html, sizeof templates_html},
    {"activities.js", activities_js, sizeof activities_js},
    {"chart-card.js", chart_card_js, sizeof chart_card_js},
    {"compare.js", compare_js, sizeof compare_js},
    {"comparison.js", comparison_js, sizeof comparison_js},
    {"csv.js", csv_js, sizeof csv_js},
    {"download.js", download_js, sizeof download_js},
    {"draft.js", draft_js, sizeof draft_js},
    {"figures.js", figures_js, sizeof figures_js},
    {"follow.js", follow_js, sizeof follow_js},
    {"gantt-axis.js", gantt_axis_js, sizeof gantt_axis_js},
    {"gantt-hands.js", gantt_hands_js, sizeof gantt_hands_js},
    {"gantt-marks.js", gantt_marks_js, sizeof gantt_marks_js},
    {"gantt-words.js", gantt_words_js, sizeof gantt_words_js},
    {"gantt.js", gantt_js, sizeof gantt_js},
    {"lots.js", lots_js, sizeof lots_js},
    {"matrix.js", matrix_js, sizeof matrix_js},
    {"new.js", new_js, sizeof new_js},
    {"palette.js", palette_js, sizeof palette_js},
    {"parts.js", parts_js, sizeof parts_js},
    {"race.js", race_js, sizeof race_js},
    {"schedule.js", schedule_js, sizeof schedule_js},
    {"schedules.js", schedules_js, sizeof schedules_js},
    {"settings.js", settings_js, sizeof settings_js},
    {"strategies.js", strategies_js, sizeof strategies_js},
    {"template-editor.js", template_editor_js, sizeof template_editor_js},
    {"templates.js", templates_js, sizeof templates_js},
    {"timeline.js", timeline_js, sizeof timeline_js},
    {"zones.js", zones_js, sizeof zones_js},
};

struct page_table scheduler_pages(void) {
    return (struct page_table){files, sizeof files / sizeof *files};
}
