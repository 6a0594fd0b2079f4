// The lots that are about to be planned: a table with each fault at its cell, a summary that leads to it, and totals.
import { announce, el, fill, hours, number, svg, visible } from "./dom.js";
import { lotsOf, readCSV } from "./csv.js";
import { palette } from "./palette.js";
import { pager, tableFrame } from "./parts.js";

const ROWS = 100;
const SHOWN_FAULTS = 50;
const SHOWN_TYPES = 12;

/** Shows lots in three places. */
export class LotsPreview {
  #table; #page = 0; #faults = []; #warnings = []; #fillRate = 1;

  constructor({ summary, totals, preview }) {
    Object.assign(this, { summary, totals, preview });
    this.read("");
  }

  /** Takes another text; what is wrong with it is not known yet. */
  read(text) {
    this.#table = readCSV(text);
    this.#faults = [];
    this.#warnings = [];
    this.#page = 0;
    this.#draw();
    fill(this.summary);
  }

  get count() { return this.#table.records.length; }

  /** Marks what is wrong, as `errors` and `warnings` of the API say it. */
  mark(errors, warnings = []) {
    this.#faults = errors;
    this.#warnings = warnings;
    this.#draw();
    this.#summarise();
    this.total(this.#fillRate);
  }

  /** Totals of the lots that nothing is known against, at so many vials an hour. */
  total(fillRate) {
    this.#fillRate = fillRate;
    const faulty = new Set(this.#faults.map((fault) => fault.line));
    const lots = lotsOf({ ...this.#table, records: this.#table.records.filter(({ line }) => !faulty.has(line)) });
    if (lots.length === 0) return fill(this.totals);
    const types = new Map();
    for (const { type, vials } of lots) types.set(type, (types.get(type) ?? 0) + vials);
    const colours = palette(types.keys());
    const vials = lots.reduce((sum, lot) => sum + lot.vials, 0);
    const sorted = [...types].sort((first, second) => second[1] - first[1]);
    const most = sorted[0][1];
    const rest = sorted.slice(SHOWN_TYPES);
    fill(this.totals, colours.defs(),
      el("div", { class: "figures" },
        figure("Lots", number(lots.length)), figure("Types", number(types.size)), figure("Vials", number(vials)),
        figure("Time to fill", hours(vials / fillRate))),
      el("div", { class: "typebars", role: "list", "aria-label": "Hours to fill, by type" },
        sorted.slice(0, SHOWN_TYPES).map(([type, count]) => [
          el("bdi", { class: "name clipped", title: type, role: "listitem" }, visible(type),
            el("span", { class: "only-heard" }, `: ${hours(count / fillRate)}`)),
          bar(count / most, colours.of(type)),
          el("span", { class: "number small", "aria-hidden": "true" }, hours(count / fillRate))])),
      rest.length ? el("p", { class: "small quiet" }, `and ${number(rest.length)} more types`) : null);
  }

  #summarise() {
    const count = this.#faults.length;
    if (count === 0) {
      const lots = this.count === 1 ? "1 lot" : `${number(this.count)} lots`;
      announce(`${lots}, nothing is wrong with them.`);
      fill(this.summary, el("p", { class: "notice good" }, `${lots}, nothing is wrong with them.`),
        this.#list(this.#warnings, "warn", "Worth a look"));
      return;
    }
    const title = count === 1 ? "One thing to mend" : `${number(count)} things to mend`;
    announce(title);
    fill(this.summary, this.#list(this.#faults, "bad", title), this.#list(this.#warnings, "warn", "Worth a look"));
  }

  #list(notes, colour, title) {
    if (notes.length === 0) return null;
    return el("div", { class: `notice ${colour}` }, el("h3", {}, title),
      el("ul", { class: "faults" }, notes.slice(0, SHOWN_FAULTS).map((note) => {
        const words = [note.line && `Line ${note.line}`, note.field].filter(Boolean).join(", ");
        const text = visible(words ? `${words}: ${note.message}` : note.message);
        return el("li", {}, note.line
          ? el("button", { type: "button", class: "plain jump", onclick: () => this.#jump(note) }, text) : text);
      })),
      notes.length > SHOWN_FAULTS
        ? el("p", { class: "small" }, `and ${number(notes.length - SHOWN_FAULTS)} more, marked in the table`) : null);
  }

  /** Shows the cell that a fault is about, and puts the focus there. */
  #jump({ line, field }) {
    const index = this.#table.records.findIndex((record) => record.line === line);
    if (index >= 0 && Math.floor(index / ROWS) !== this.#page) {
      this.#page = Math.floor(index / ROWS);
      this.#draw();
    }
    const row = this.preview.querySelector(`[data-line="${line}"]`);
    const column = this.#table.columns.indexOf(field);
    const cell = (column >= 0 ? row?.children[column + 1] : null) ?? row?.children[0];
    cell?.focus();
    cell?.scrollIntoView({ block: "center", inline: "nearest" });
  }

  #draw() {
    const { header, columns, records } = this.#table;
    if (header.length === 0) return fill(this.preview);
    const places = new Map();
    for (const note of [...this.#warnings, ...this.#faults]) {
      if (note.line) places.set(note.line, [...(places.get(note.line) ?? []), note]);
    }
    const isBad = (note) => this.#faults.includes(note);
    const cell = (name, text, notes, { kind = "", ...attributes } = {}) => {
      const colour = notes.some(isBad) ? "marked bad" : notes.length ? "marked warn" : "";
      return el(name, { tabindex: notes.length ? -1 : null, class: `${kind} ${colour}`.trim() || null, ...attributes }, text,
        notes.map((note) => el("span", { class: "note" }, visible(note.message))));
    };
    const whole = (notes, hasColumn) => notes.filter((note) => !hasColumn || columns.indexOf(note.field) < 0);
    const row = ({ line, cells }) => {
      const notes = places.get(line) ?? [];
      return el("tr", { dataset: { line } }, cell("th", number(line), whole(notes, true), { scope: "row" }),
        Array.from({ length: Math.max(header.length, Math.min(cells.length, header.length + 1)) }, (_, index) =>
          cell("td", el("bdi", { class: "name" }, visible((cells[index] ?? "").slice(0, 300))),
            columns[index] ? notes.filter((note) => note.field === columns[index]) : [],
            { kind: columns[index] === "Vials" || columns[index] === "Priority" ? "number" : "" })));
    };
    const page = records.slice(this.#page * ROWS, (this.#page + 1) * ROWS);
    const head = header.map((title, index) => el("th", { scope: "col", class: columns[index] === "Vials" ? "number" : null },
      el("bdi", {}, visible(title.slice(0, 60))), columns[index] ? null : el("span", { class: "quiet" }, " (not used)")));
    fill(this.preview,
      tableFrame("Lots as they were read", "lots",
        el("thead", {}, el("tr", { dataset: { line: 1 } },
          cell("th", "Line", whole(places.get(1) ?? [], false), { scope: "col" }), head)),
        el("tbody", {}, page.map(row))),
      pager({ count: records.length, size: ROWS, page: this.#page, onTurn: (to) => { this.#page = to; this.#draw(); } }));
  }
}

/** A figure with its label. */
export function figure(label, value, attributes = {}) {
  return el("div", { class: "figure", ...attributes },
    el("span", { class: "label" }, label), el("span", { class: "value" }, value));
}

function bar(part, colour) {
  return svg("svg", { class: "bar", "aria-hidden": "true" },
    svg("rect", { width: `${Math.max(0.5, part * 100)}%`, height: "100%", rx: 3, fill: colour }));
}
