// Figures that move: rates worked out of counts, and their last minutes as small lines.
import { el, number, svg } from "./dom.js";

/** Values that a line shows: at one every two seconds the last three minutes. */
const LENGTH = 90;
const WIDTH = 100;
const HEIGHT = 24;

/** Works out how much counts grow a second. */
export class Rates {
  #before = null;

  /** `counts` by name at `moment`, in milliseconds. Answers the rates by name, or null where nothing new was counted.
   *  A count that fell, as one does when a worker goes, has grown by nothing. */
  push(moment, counts) {
    const before = this.#before;
    if (before && moment <= before.moment) return null;
    this.#before = { moment, counts };
    if (!before) return null;
    const seconds = (moment - before.moment) / 1000;
    return Object.fromEntries(Object.entries(counts).map(([name, count]) =>
      [name, Math.max(0, count - (before.counts[name] ?? count)) / seconds]));
  }
}

/** The last values of something, with a line that shows them. */
export class Line {
  #values = [];
  #drawing;
  #name;

  constructor(name, kind = "") {
    this.#name = name;
    this.#drawing = svg("svg", { class: `spark ${kind}`, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": name });
  }

  get element() { return this.#drawing; }
  get last() { return this.#values.at(-1) ?? null; }

  push(value) {
    this.#values.push(value);
    if (this.#values.length > LENGTH) this.#values.shift();
    this.#draw();
  }

  #draw() {
    const values = this.#values;
    const most = Math.max(...values, 0);
    const scale = most > 0 ? (HEIGHT - 2) / most : 0;
    const points = values.map((value, index) =>
      `${(WIDTH - (values.length - 1 - index) * WIDTH / (LENGTH - 1)).toFixed(2)},${(HEIGHT - 1 - value * scale).toFixed(2)}`);
    const first = points[0].split(",")[0];
    this.#drawing.replaceChildren(
      svg("line", { class: "ground", x1: 0, y1: HEIGHT - 0.5, x2: WIDTH, y2: HEIGHT - 0.5 }),
      svg("polygon", { class: "area", points: `${first},${HEIGHT - 1} ${points.join(" ")} ${WIDTH},${HEIGHT - 1}` }),
      svg("polyline", { class: "line", points: points.join(" ") }));
    this.#drawing.setAttribute("aria-label", `${this.#name}: ${rate(this.last)} now, ${rate(most)} at most in the last ${spanWords(values.length)}`);
  }
}

function spanWords(count) {
  const seconds = count * 2;
  return seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;
}

/** A rate as people read it: `0`, `0.4`, `12`, `1,204`. */
export function rate(value) {
  if (value === null || value === undefined) return "–";
  return number(value, value > 0 && value < 9.95 ? 1 : 0);
}

/** Bytes as people read them. */
export function bytes(value) {
  const [size, unit] = value >= 1 << 30 ? [1 << 30, "GiB"] : value >= 1 << 20 ? [1 << 20, "MiB"] : [1 << 10, "KiB"];
  return `${number(value / size, value / size < 10 ? 1 : 0)} ${unit}`;
}

/** A figure under its name, with its last minutes. `show(value)` moves it; `alarm` says from what value on it is one. */
export class Tile {
  #value = el("span", { class: "value" }, "–");
  #line;
  #alarm;
  #show;

  constructor(name, { unit = "/s", kind = "", alarm = Infinity, hint = null } = {}) {
    this.#line = new Line(name, kind);
    this.#alarm = alarm;
    this.#show = unit ? rate : number;
    this.element = el("div", { class: "tile", title: hint },
      el("span", { class: "label" }, name),
      el("span", {}, this.#value, unit ? el("span", { class: "unit" }, ` ${unit}`) : null),
      this.#line.element);
  }

  show(value) {
    this.#value.textContent = this.#show(value);
    this.#line.push(value);
    this.element.classList.toggle("alarming", value >= this.#alarm);
  }
}
