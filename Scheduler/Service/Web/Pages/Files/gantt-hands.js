// What a mouse and fingers do to a Gantt chart, and the tooltip that follows them.
import { el, fill } from "./dom.js";
import { tooltip } from "./gantt-words.js";

const CLICK = 4;

/** Lets the wheel and two fingers zoom `gantt`, a mouse drag it, and a click choose; a finger alone scrolls it as any page. */
export function listenToHands(gantt, { onChoose, activityAt }) {
  const { frame, tip } = gantt;
  const leftOf = (clientX) => clientX - frame.getBoundingClientRect().left;
  let isDragged = false;

  frame.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    gantt.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0022)), leftOf(event.clientX));
  }, { passive: false });

  frame.addEventListener("pointerdown", (event) => {
    isDragged = false;
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    const begin = { x: event.clientX, y: event.clientY, left: frame.scrollLeft, top: frame.scrollTop };
    const over = new AbortController();
    addEventListener("pointermove", (next) => {
      if (Math.hypot(next.clientX - begin.x, next.clientY - begin.y) > CLICK) isDragged = true;
      if (!isDragged) return;
      frame.classList.add("dragged");
      frame.scrollTo(begin.left - (next.clientX - begin.x), begin.top - (next.clientY - begin.y));
    }, over);
    for (const end of ["pointerup", "pointercancel"]) {
      addEventListener(end, () => {
        frame.classList.remove("dragged");
        over.abort();
      }, over);
    }
  });

  frame.addEventListener("pointermove", (event) => {
    const activity = event.buttons ? null : activityAt(event.target);
    if (activity) tip.show(activity, leftOf(event.clientX) + 12, event.clientY - frame.getBoundingClientRect().top + 16);
    else tip.hide();
  });
  frame.addEventListener("pointerleave", () => tip.hide());
  frame.addEventListener("click", (event) => {
    const activity = isDragged ? null : activityAt(event.target);
    if (activity) onChoose(activity);
  });

  let apart = 0;
  const distance = ([first, second]) => Math.hypot(first.clientX - second.clientX, first.clientY - second.clientY);
  frame.addEventListener("touchstart", ({ touches }) => { apart = touches.length === 2 ? distance(touches) : 0; }, { passive: true });
  frame.addEventListener("touchmove", (event) => {
    const { touches } = event;
    if (touches.length !== 2 || !apart) return;
    event.preventDefault();
    const now = distance(touches);
    gantt.zoom(now / apart, leftOf((touches[0].clientX + touches[1].clientX) / 2));
    apart = now;
  }, { passive: false });
}

/** The tooltip; one that is kept stays while the chart scrolls. */
export class Tip {
  element = el("div", { class: "tip", role: "tooltip", hidden: true });
  isKept = false;
  #palette;

  constructor(palette) { this.#palette = palette; }

  show(activity, x, y, isKept = false) {
    this.isKept = isKept;
    fill(this.element, tooltip(activity, this.#palette));
    this.element.hidden = false;
    const room = this.element.parentElement.clientWidth - this.element.offsetWidth - 4;
    this.element.style.left = `${Math.max(4, Math.min(room, x))}px`;
    this.element.style.top = `${y}px`;
  }

  hide() {
    this.isKept = false;
    this.element.hidden = true;
  }
}
