// What strategies and states are called, and what is to be expected of a strategy.
import { get } from "./api.js";
import { el } from "./dom.js";

let asked = null;

/** The strategies that a schedule may be submitted with, as the API lists them. Asked once a page. */
export function strategies() {
  asked ??= get("/api/v1/strategies").catch((fault) => { asked = null; throw fault; });
  return asked;
}

export const STATES = {
  pending: "Waiting", running: "Planning", completed: "Completed", failed: "Failed", cancelled: "Cancelled",
};
const COLOURS = { pending: "warn", running: "live", completed: "good", failed: "bad", cancelled: "" };

/** Whether a schedule in this state will never change again. */
export function isFinal(status) {
  return status === "completed" || status === "failed" || status === "cancelled";
}

export function statusBadge(status) {
  return el("span", { class: `badge ${COLOURS[status] ?? ""}` }, STATES[status] ?? status);
}

/** How long a strategy will plan so many lots, in words; a guess, and the page says so. */
export function estimate(strategy, lots) {
  if (strategy !== "milp-opt") return lots <= 1000 ? "less than a second" : "a few seconds";
  if (lots <= 20) return "about a second";
  return lots <= 100 ? "up to ten seconds" : "up to half a minute";
}

/** How good a result is known to be: words, and the colour of a badge. `bound`, `gap` and `proven` as the API has them. */
export function proof({ makespan, bound, gap, proven }) {
  if (proven) return { word: "Optimal", colour: "good", text: "No schedule of these lots can be shorter." };
  if (bound === null || bound === undefined || !makespan) {
    return { word: "No bound", colour: "", text: "This strategy does not prove how good its schedule is; milp-opt does." };
  }
  const part = gap ?? (makespan - bound) / makespan;
  return {
    word: `Within ${percent(part)}`, colour: "good",
    text: `Within ${percent(part)} of the best possible: no schedule of these lots can be shorter than the bound.`,
  };
}

/** A part as per cent, never rounded down to nothing. */
export function percent(part) {
  if (part <= 0) return "0 %";
  const digits = part < 0.0001 ? 4 : part < 0.1 ? 2 : 1;
  return `${(part * 100).toFixed(digits)} %`;
}
