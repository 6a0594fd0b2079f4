// The Gantt chart of a schedule. It scrolls as any page does, so that panning costs no script; only what is in view, and a
// little around it, is in the document.
import { announce, el, fill, svg } from "./dom.js";
import { axis } from "./gantt-axis.js";
import { Tip, listenToHands } from "./gantt-hands.js";
import { blockLabel, blockMarks, tickHead, upright } from "./gantt-marks.js";
import { describe } from "./gantt-words.js";

const ROW = { folded: 34, unfolded: 72 };
const LABELS = { folded: 156, unfolded: 0 };
const AXIS = 30;
/** How much further than the view is drawn, as a part of it. */
const AHEAD = 0.75;
const WIDEST = 8_000_000;
const FINEST = 400;

/** A chart of `timeline` in `palette`. `onSelect` is called with an activity that somebody chose in it, `onView` after each
 *  change of what is in view. `whole` is how many hours one line of time has; without it, as many as the schedule. */
export class Gantt {
  #timeline; #palette; #onSelect; #onView; #whole; #isFolded = true; #scale = 1; #selected = null; #drawn = null; #frame = 0;

  constructor(timeline, palette, {
    label, onSelect = () => {}, onView = () => {}, isFolded = true, height = 420, whole = timeline.hours,
  }) {
    this.tip = new Tip(palette);
    this.#timeline = timeline;
    this.#palette = palette;
    this.#onSelect = onSelect;
    this.#onView = onView;
    this.#whole = whole;
    this.#isFolded = isFolded;
    this.axis = svg("svg", { class: "gantt-axis", height: AXIS, "aria-hidden": "true" });
    this.marks = svg("svg", { class: "gantt-marks", "aria-hidden": "true" });
    this.labels = el("div", { class: "gantt-labels", "aria-hidden": "true" });
    this.content = el("div", { class: "gantt-content" }, this.axis, this.labels, this.marks);
    this.frame = el("div", {
      class: "gantt", tabindex: 0, role: "application", "aria-roledescription": "Gantt chart", "aria-label": label,
      onkeydown: (event) => this.#key(event), onscroll: () => this.#later(), onblur: () => this.tip.hide(),
    }, this.content);
    this.frame.style.maxHeight = `${height}px`;
    this.element = el("div", { class: "gantt-place" }, this.frame, this.tip.element);
    listenToHands(this, { onChoose: (activity) => this.#choose(activity, false), activityAt: (target) => this.#activityAt(target) });
    new ResizeObserver(() => { if (this.#isFit) this.fit(); else this.#draw(true); }).observe(this.frame);
  }

  get isFolded() { return this.#isFolded; }

  /** One row a block, or one line of time. */
  fold(isFolded) {
    this.#isFolded = isFolded;
    this.fit();
    if (this.#selected) this.show(this.#selected);
  }

  // Size.

  #isFit = true;

  get #span() { return this.#isFolded ? this.#timeline.clean + this.#timeline.window : this.#whole; }
  get #label() { return LABELS[this.#isFolded ? "folded" : "unfolded"]; }
  get #row() { return ROW[this.#isFolded ? "folded" : "unfolded"]; }
  get #rows() { return this.#isFolded ? this.#timeline.blocks.length : 1; }
  get #room() { return Math.max(120, this.frame.clientWidth - this.#label - 12); }

  /** All of the time in view. */
  fit() {
    this.#isFit = true;
    this.#setScale(this.#room / this.#span);
    this.#onView();
  }

  /** `factor` times as large; what is `at` so many pixels from the left of the view stays where it is. */
  zoom(factor, at = this.#label + this.#room / 2) {
    const least = this.#room / this.#span;
    const scale = Math.min(FINEST, WIDEST / this.#span, Math.max(least, this.#scale * factor));
    const time = (this.frame.scrollLeft + at - this.#label) / this.#scale;
    this.#isFit = scale <= least * 1.001;
    this.#setScale(scale);
    this.frame.scrollLeft = time * scale + this.#label - at;
    this.#draw(true);
    this.#onView();
  }

  /** What is in view: pixels an hour, and how far it is scrolled to the right. */
  get view() { return { scale: this.#scale, left: this.frame.scrollLeft }; }

  /** Shows what another chart shows. */
  follow({ scale, left }) {
    if (scale !== this.#scale) {
      this.#isFit = false;
      this.#setScale(scale);
    }
    if (Math.abs(this.frame.scrollLeft - left) >= 1) this.frame.scrollLeft = left;
  }

  #setScale(scale) {
    this.#scale = scale;
    this.content.style.width = `${this.#label + this.#span * scale + 12}px`;
    this.content.style.height = `${AXIS + this.#rows * this.#row + 6}px`;
    this.frame.classList.toggle("folded", this.#isFolded);
    this.#draw(true);
  }

  // Drawing.

  #later() {
    if (!this.tip.isKept) this.tip.hide();
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw(false);
      this.#onView();
    });
  }

  /** Draws what is in view; unless all of it `isNew`, only if the view has left what is drawn. */
  #draw(isNew) {
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = this.frame;
    if (clientWidth === 0) return;
    const view = { left: scrollLeft, right: scrollLeft + clientWidth, top: scrollTop, bottom: scrollTop + clientHeight };
    if (!isNew && this.#drawn && holds(this.#drawn, view)) return;
    const [wide, high] = [clientWidth * AHEAD, clientHeight * AHEAD];
    const [width, height] = [this.#label + this.#span * this.#scale + 12, this.#rows * this.#row];
    const area = { left: view.left - wide, right: view.right + wide, top: view.top - high, bottom: view.bottom + high };
    this.#drawn = {
      left: area.left <= 0 ? -Infinity : area.left, right: area.right >= width ? Infinity : area.right,
      top: area.top <= 0 ? -Infinity : area.top, bottom: area.bottom >= AXIS + height + 6 ? Infinity : area.bottom,
    };
    const left = Math.max(0, area.left - this.#label) / this.#scale;
    const right = Math.min(width, area.right) / this.#scale;
    const first = Math.max(0, Math.floor((area.top - AXIS) / this.#row));
    const last = Math.min(this.#rows - 1, Math.ceil(area.bottom / this.#row));
    this.#place(this.axis, 0, width, AXIS);
    this.#place(this.marks, AXIS, width, height);
    const ticks = axis({ timeline: this.#timeline, isFolded: this.#isFolded, scale: this.#scale, from: left, to: right });
    const place = { label: this.#label, scale: this.#scale, row: this.#row, isFolded: this.#isFolded };
    fill(this.axis, ticks.map((tick) => tickHead(place, tick, AXIS)));
    const blocks = this.#isFolded ? this.#timeline.blocks.slice(first, last + 1)
      : this.#timeline.blocks.filter((block) => block.to >= left && block.from <= right);
    fill(this.marks,
      ticks.map(({ at, isStrong }) => upright(place, isStrong ? "grid strong" : "grid", at, 0, height)),
      blocks.map((block) => blockMarks(place, this.#timeline, this.#palette, block, left, right)));
    fill(this.labels, this.#isFolded ? blocks.map((block) => blockLabel(place, this.#timeline, block, AXIS)) : null);
    this.#mark();
  }

  #place(drawing, top, width, height) {
    drawing.setAttribute("width", width);
    drawing.setAttribute("height", height);
    drawing.style.top = top ? `${top}px` : "";
  }

  // Choosing.

  /** Selects `activity` and brings it into view. */
  show(activity) {
    this.#selected = activity;
    const [x, y, width] = this.#where(activity);
    const { frame } = this;
    const [left, right] = [frame.scrollLeft + this.#label, frame.scrollLeft + frame.clientWidth];
    if (x < left || x + Math.min(width, 60) > right) frame.scrollLeft = x - this.#label - (frame.clientWidth - this.#label) / 3;
    const [top, bottom] = [frame.scrollTop + AXIS, frame.scrollTop + frame.clientHeight];
    if (y < top || y + this.#row > bottom) frame.scrollTop = y - frame.clientHeight / 2;
    this.#draw(false);
    this.#mark();
  }

  /** Left edge, top of its row, and width of an activity, in pixels of the content. */
  #where(activity) {
    const origin = this.#isFolded ? this.#timeline.blocks[activity.block].from : 0;
    const row = this.#isFolded ? activity.block : 0;
    const left = this.#label + (activity.from - origin) * this.#scale;
    return [left, AXIS + row * this.#row, (activity.to - activity.from) * this.#scale];
  }

  #activityAt(target) {
    const index = target.closest?.("[data-index]")?.dataset.index;
    return index === undefined ? null : this.#timeline.activities[index];
  }

  #mark() {
    this.marks.querySelector(".selected")?.remove();
    if (!this.#selected) return;
    const [x, y, width] = this.#where(this.#selected);
    this.marks.append(svg("rect", {
      class: "selected", x: (x - 1).toFixed(2), y: y - AXIS + 2, rx: 3,
      width: (Math.max(3, width) + 1).toFixed(2), height: this.#row - 4,
    }));
  }

  #choose(activity, isByKey) {
    this.show(activity);
    this.#onSelect(activity);
    if (!isByKey) return;
    announce(describe(activity));
    const [x, y] = this.#where(activity);
    this.tip.show(activity, x - this.frame.scrollLeft, y - this.frame.scrollTop + this.#row, true);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { activities } = this.#timeline;
    const at = this.#selected?.index ?? -1;
    const moves = {
      ArrowRight: () => activities[at + 1], ArrowLeft: () => activities[Math.max(0, at - 1)],
      ArrowDown: () => this.#blocksOn(1), ArrowUp: () => this.#blocksOn(-1),
      PageDown: () => this.#blocksOn(10) ?? activities.at(-1), PageUp: () => this.#blocksOn(-10) ?? activities[0],
      Home: () => activities[0], End: () => activities.at(-1),
    };
    if (moves[event.key]) {
      const activity = moves[event.key]();
      if (activity) this.#choose(activity, true);
    } else if (event.key === "+" || event.key === "=") this.zoom(1.5);
    else if (event.key === "-") this.zoom(1 / 1.5);
    else if (event.key === "0") this.fit();
    else if (event.key === "Escape") return this.tip.hide();
    else return;
    event.preventDefault();
  }

  /** The activity as far into the block `step` blocks on as the selected one is into its own. */
  #blocksOn(step) {
    const { activities, blocks } = this.#timeline;
    if (!this.#selected) return activities[0];
    const place = this.#selected.index - blocks[this.#selected.block].activities[0].index;
    const there = blocks[this.#selected.block + step]?.activities;
    return there?.[Math.min(there.length - 1, place)];
  }
}

/** Whether all of `view` is within `area`. */
function holds(area, view) {
  return view.left >= area.left && view.right <= area.right && view.top >= area.top && view.bottom <= area.bottom;
}
