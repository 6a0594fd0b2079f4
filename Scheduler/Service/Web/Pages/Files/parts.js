// Parts that several of the planner's pages are made of.
import { el, number } from "./dom.js";

/** A table in a frame that scrolls, which keys can reach too. */
export function tableFrame(label, kind, ...content) {
  const frame = el("div", { class: "table-frame", tabindex: 0, role: "region", "aria-label": label }, el("table", {}, content));
  if (kind) frame.classList.add(kind);
  return frame;
}

/** The head of a table; a column is its title, or title and class. */
export function tableHead(columns) {
  return el("thead", {}, el("tr", {}, columns.filter(Boolean).map((column) => {
    const [title, kind] = [column].flat();
    return el("th", { scope: "col", class: kind }, title);
  })));
}

/** Where one is among `count` rows, `size` a page, `page` counted from 0, and the ways to the pages beside it; null if there is
 *  no other page. */
export function pager({ count, size, page, back = "Back", next = "Next", onTurn }) {
  const pages = Math.ceil(count / size);
  if (pages <= 1 && page === 0) return null;
  const turn = (text, to) => el("button",
    { type: "button", class: "small", disabled: to < 0 || to >= pages, onclick: () => onTurn(to) }, text);
  const [first, last] = [page * size + 1, Math.min(count, (page + 1) * size)];
  return el("div", { class: "pager" },
    el("span", { class: "quiet small" }, first <= last ? `${number(first)} to ${number(last)} of ${number(count)}` : ""),
    el("div", { class: "row" }, turn(back, page - 1), turn(next, page + 1)));
}

/** What makes a Gantt chart larger and smaller. */
export function zoomButtons(gantt) {
  const button = (label, text, act) => el("button", { type: "button", class: "small", "aria-label": label, onclick: act }, text);
  return el("div", { class: "row tight", role: "group", "aria-label": "Zoom" },
    button("Zoom out", "−", () => gantt.zoom(1 / 1.5)), button("Zoom in", "+", () => gantt.zoom(1.5)),
    button("Show all of the time", "All", () => gantt.fit()));
}

/** A small picture of how an activity is drawn. */
export function mark(activity, palette) {
  if (activity.kind === "FILL") return palette.swatch(activity.lot_type);
  return el("span", { class: `key ${activity.kind === "CLEAN" ? "clean" : "changeover"}` });
}

/** Asks whether something is to be deleted. */
export function deletion(what, text) {
  return { title: `Delete this ${what}?`, text, action: "Delete", danger: true };
}
