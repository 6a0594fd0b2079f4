// A changeover matrix as a grid: types by types, hours in the cells.
import { el, fill, visible } from "./dom.js";
import { tableFrame } from "./parts.js";
import { figureOf } from "./settings.js";

const MOST_TYPES = 100;

export class MatrixGrid {
  #types; #hours = new Map(); #isReadOnly; #onChange; #bounds;
  element = el("div", { class: "stack" });

  /** `matrix`: type to type to hours. */
  constructor(matrix, { bounds, isReadOnly, onChange }) {
    this.#bounds = bounds;
    this.#isReadOnly = isReadOnly;
    this.#onChange = onChange;
    this.#types = [...new Set([...Object.keys(matrix), ...Object.values(matrix).flatMap((row) => Object.keys(row))])].sort();
    for (const [from, row] of Object.entries(matrix)) {
      for (const [to, hours] of Object.entries(row)) this.#hours.set(key(from, to), String(hours));
    }
    this.#draw();
  }

  get matrix() {
    const rows = [];
    for (const from of this.#types) {
      const row = this.#types.filter((to) => (this.#hours.get(key(from, to)) ?? "").trim())
        .map((to) => [to, figureOf(this.#hours.get(key(from, to)))]);
      if (row.length) rows.push([from, Object.fromEntries(row)]);
    }
    return Object.fromEntries(rows);
  }

  #draw(focus = null) {
    const isEmpty = this.#types.length === 0;
    fill(this.element,
      isEmpty ? null : this.#grid(),
      isEmpty && this.#isReadOnly ? el("p", { class: "quiet" }, "There is none: all changeovers are as above.") : null,
      this.#isReadOnly ? null : this.#adding());
    if (focus) this.element.querySelector(focus)?.focus();
  }

  #grid() {
    const head = (type, scope) => el("th", { scope }, el("bdi", {}, visible(type)));
    const taking = (type) => el("td", {}, el("button", {
      type: "button", class: "plain", "aria-label": `Take ${visible(type)} out of the matrix`, onclick: () => this.#drop(type),
    }, "Take out"));
    const row = (from) => el("tr", {}, head(from, "row"), this.#types.map((to) => el("td", {}, this.#cell(from, to))),
      this.#isReadOnly ? null : taking(from));
    return tableFrame("Changeover matrix", "matrix",
      el("thead", {}, el("tr", {}, head("from \\ to", "col"), this.#types.map((type) => head(type, "col")),
        this.#isReadOnly ? null : el("td", {}))),
      el("tbody", {}, this.#types.map(row)));
  }

  #cell(from, to) {
    return el("input", {
      inputmode: "decimal", autocomplete: "off", class: "number", value: this.#hours.get(key(from, to)) ?? "",
      "aria-label": `Hours from ${visible(from)} to ${visible(to)}`,
      title: this.#bounds ? `${this.#bounds.minimum} to ${this.#bounds.maximum} hours` : null,
      oninput: (event) => this.#hours.set(key(from, to), event.target.value),
    });
  }

  #adding() {
    const add = () => this.#add(input.value);
    const input = el("input", { id: "matrix-type", maxlength: 20, autocomplete: "off", placeholder: "VialE", onkeydown: (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      add();
    } });
    const isFull = this.#types.length >= MOST_TYPES;
    return el("div", { class: "row" }, el("label", { for: "matrix-type" }, "Type"), el("div", { class: "type-input" }, input),
      el("button", { type: "button", onclick: add, disabled: isFull }, "Add to the matrix"));
  }

  #add(text) {
    const type = text.trim();
    if (!type || this.#types.includes(type)) return;
    this.#types = [...this.#types, type].sort();
    this.#onChange();
    this.#draw("#matrix-type");
  }

  #drop(type) {
    this.#types = this.#types.filter((each) => each !== type);
    this.#onChange();
    this.#draw("#matrix-type");
  }
}

function key(from, to) {
  return JSON.stringify([from, to]);
}
