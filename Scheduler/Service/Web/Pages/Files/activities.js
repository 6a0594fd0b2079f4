// The table of what the line does, a page of it at a time.
import { el, fill, hours, number, visible } from "./dom.js";
import { late, moment } from "./gantt-words.js";
import { mark, pager, tableFrame, tableHead } from "./parts.js";
import { kindName } from "./timeline.js";

const ROWS = 50;

/** A table of `timeline` in `palette`. `onSelect` is called with an activity that somebody chose in it. */
export class ActivitiesTable {
  #timeline; #palette; #onSelect; #kind = ""; #search = ""; #page = 0; #selected = null;
  #place = el("div", { class: "stack" });

  constructor(timeline, palette, { onSelect }) {
    this.#timeline = timeline;
    this.#palette = palette;
    this.#onSelect = onSelect;
    const search = el("input", {
      type: "search", id: "find-lot", autocomplete: "off", maxlength: 50,
      oninput: () => { this.#search = search.value.trim().toLowerCase(); this.#page = 0; this.#draw(); },
    });
    const kind = el("select", { id: "find-kind", onchange: () => { this.#kind = kind.value; this.#page = 0; this.#draw(); } },
      el("option", { value: "" }, "Everything"),
      ["FILL", "CHANGEOVER", "CLEAN"].map((each) => el("option", { value: each }, kindName(each))));
    this.element = el("div", { class: "stack" },
      el("div", { class: "filters" },
        el("div", { class: "field" }, el("label", { for: "find-lot" }, "Find a lot or a type"), search),
        el("div", { class: "field" }, el("label", { for: "find-kind" }, "Show"), kind)),
      this.#place);
    this.#draw();
  }

  get #rows() {
    const has = (text) => text && text.toLowerCase().includes(this.#search);
    return this.#timeline.activities.filter((activity) => (!this.#kind || activity.kind === this.#kind)
      && (!this.#search || has(activity.lot_id) || has(activity.lot_type)));
  }

  /** Selects `activity` and shows the page that it is on; it scrolls the table, never the page around it. */
  show(activity) {
    this.#selected = activity;
    const index = this.#rows.indexOf(activity);
    if (index >= 0) this.#page = Math.floor(index / ROWS);
    this.#draw();
    const frame = this.#place.querySelector(".table-frame");
    const row = this.#place.querySelector("[aria-selected=true], .selected");
    if (frame && row) frame.scrollTop = row.offsetTop - frame.clientHeight / 2;
  }

  #draw() {
    const rows = this.#rows;
    const top = this.#place.querySelector(".table-frame")?.scrollTop ?? 0;
    const hasDue = this.#timeline.activities.some((activity) => activity.due);
    fill(this.#place,
      tableFrame("Activities", "activities",
        tableHead(["Block", "Activity", "Lot", "Type", "Note", "Begins", "Ends", hasDue && "Due", ["Hours", "number"]]),
        el("tbody", {}, rows.slice(this.#page * ROWS, (this.#page + 1) * ROWS).map((activity) => this.#row(activity, hasDue)))),
      rows.length === 0 ? el("p", { class: "quiet" }, "Nothing is like this.") : null,
      pager({ count: rows.length, size: ROWS, page: this.#page, onTurn: (page) => { this.#page = page; this.#draw(); } }));
    const frame = this.#place.querySelector(".table-frame");
    frame.scrollTop = top;
  }

  #row(activity, hasDue) {
    const isSelected = activity === this.#selected;
    return el("tr", { class: isSelected ? "selected" : null, "aria-current": isSelected ? "true" : null },
      el("td", {}, number(activity.block + 1)),
      el("td", {}, el("button",
        { type: "button", class: "plain show", title: "Show in the chart", onclick: () => this.#onSelect(activity) },
        mark(activity, this.#palette), kindName(activity.kind),
        activity.lot_id ? el("span", { class: "only-heard" }, ` ${visible(activity.lot_id)}`) : null)),
      [activity.lot_id, activity.lot_type, activity.note].map((text) => el("td", {}, el("bdi", { class: "name" }, visible(text ?? "")))),
      [activity.start, activity.end].map((at) => el("td", { class: "moment" }, el("time", { datetime: at, title: at }, moment(at)))),
      hasDue ? el("td", { class: "moment" }, activity.due ? moment(activity.due) : "",
        late(activity) ? el("span", { class: "badge bad" }, "late") : null) : null,
      el("td", { class: "number" }, hours(activity.duration_hours)));
  }
}
