// The list of schedules: what there is, what runs, how good it got.
import { get, path, showProblem } from "./api.js";
import { announce, byID, el, fill, hours, named, number, time } from "./dom.js";
import { frame } from "./frame.js";
import { follow } from "./follow.js";
import { pager, tableFrame, tableHead } from "./parts.js";
import { meter } from "./race.js";
import { STATES, isFinal, proof, statusBadge, strategies } from "./strategies.js";

const PAGE_SIZE = 20;
/** A browser has six connections to a server; two streams a page leave some for a second page. */
const MOST_STREAMS = 2;
const LOOK_AGAIN = 5000;

const streams = new Map();
let shown = "";
let timer = null;

/** What the address of the page asks for. */
function wanted() {
  const query = new URLSearchParams(location.search);
  return {
    search: query.get("search") ?? "", strategy: query.get("strategy") ?? "", status: query.get("status") ?? "",
    page: Math.min(1000, Math.max(1, Number.parseInt(query.get("page") ?? "1", 10) || 1)),
  };
}

/** Goes to another view of the list; the browser's way back leads to this one. */
function go(change, replaces = false) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries({ ...wanted(), page: 1, ...change })) {
    if (value && !(key === "page" && value === 1)) query.set(key, value);
  }
  const address = query.size ? `/app/?${query}` : "/app/";
  history[replaces ? "replaceState" : "pushState"](null, "", address);
  load();
}

async function load({ isQuiet = false } = {}) {
  clearTimeout(timer);
  const want = wanted();
  readControls(want);
  const query = new URLSearchParams({ page: want.page, page_size: PAGE_SIZE });
  for (const key of ["search", "strategy", "status"]) if (want[key]) query.set(key, want[key]);
  const address = location.search;
  try {
    const [list, counts] = await Promise.all([get(`/api/v1/schedules?${query}`), get("/api/v1/schedules/stats")]);
    if (address !== location.search) return;
    showProblem(byID("problem"), null);
    showStates(counts, want);
    show(list, want);
    if (!isQuiet) announce(`${list.total === 1 ? "1 schedule" : `${list.total} schedules`}`);
    // A list that stands still is left alone: to ask for it would keep the session of somebody who has gone.
    if (list.schedules.some((schedule) => !isFinal(schedule.status))) {
      timer = setTimeout(() => { if (!document.hidden) load({ isQuiet: true }); }, LOOK_AGAIN);
    }
  } catch (fault) {
    showProblem(byID("problem"), fault);
    if (fault.status === 0 || fault.status >= 500) timer = setTimeout(() => load({ isQuiet: true }), LOOK_AGAIN);
  }
}

function readControls(want) {
  const search = byID("search");
  if (document.activeElement !== search) search.value = want.search;
  byID("strategy").value = want.strategy;
}

function showStates(counts, want) {
  const states = byID("states");
  const focused = states.contains(document.activeElement) ? document.activeElement.dataset.status : null;
  const chip = (status, text, count) => el("button",
    { type: "button", dataset: { status }, "aria-pressed": String(want.status === status), onclick: () => go({ status }) },
    text, " ", el("span", { class: "count" }, number(count)));
  fill(states, chip("", "All", counts.total),
    Object.entries(STATES).map(([status, text]) => chip(status, text, counts.by_status[status] ?? 0)));
  if (focused !== null) states.querySelector(`[data-status="${focused}"]`)?.focus();
}

function show(list, want) {
  const place = byID("list");
  const text = JSON.stringify(list);
  if (text === shown) return refreshAges(place);
  shown = text;
  for (const { stop } of streams.values()) stop();
  streams.clear();
  if (list.schedules.length === 0) {
    fill(place, empty(want));
  } else {
    const focused = document.activeElement?.closest?.("a")?.getAttribute("href");
    fill(place, tableFrame("Schedules", "cards-when-narrow",
      tableHead(["Name", "Status", "Strategy", ["Lots", "number"], ["Makespan", "number"], "Proof", "Submitted"]),
      el("tbody", {}, list.schedules.map(row))));
    if (focused) [...place.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
  }
  showPager(list);
}

function row(schedule) {
  const address = path`/app/schedule?id=${schedule.id}`;
  const name = el("td", { class: "whole" }, el("a", { href: address }, named(schedule.name)));
  const status = el("td", { "data-label": "Status" }, statusBadge(schedule.status));
  const makespan = schedule.makespan === null || schedule.makespan === undefined
    ? el("span", { class: "quiet" }, "–") : hours(schedule.makespan);
  return el("tr", { dataset: { id: schedule.id } }, name, status,
    el("td", { "data-label": "Strategy" }, schedule.strategy),
    el("td", { class: "number", "data-label": "Lots" }, number(schedule.lots_count)),
    el("td", { class: "number", "data-label": "Makespan" }, makespan),
    schedule.status === "completed" || isFinal(schedule.status)
      ? el("td", { "data-label": "Proof" }, schedule.status === "completed" ? quality(schedule) : why(schedule))
      : el("td", { class: "whole" }, moving(schedule)),
    el("td", { "data-label": "Submitted" }, time(schedule.created_at, true)));
}

function quality(schedule) {
  const { word, colour, text } = proof(schedule);
  return el("span", { class: colour ? `badge ${colour}` : "quiet", title: text }, word);
}

function why(schedule) {
  return schedule.error ? el("span", { class: "small" }, schedule.error.message) : el("span", { class: "quiet" }, "–");
}

/** The progress of one that runs, live where a stream can be had for it. */
function moving(schedule) {
  const { element, show: tell } = meter();
  tell({ progress: 0, message: schedule.status === "pending" ? "Waiting for a planner" : "Planning" });
  if (streams.size < MOST_STREAMS) {
    const stop = follow(path`/api/v1/schedule/${schedule.id}`, {
      onState(state) {
        tell(state);
        if (state.status !== schedule.status) setTimeout(() => load({ isQuiet: true }), 0);
      },
    });
    streams.set(schedule.id, { stop });
  }
  return element;
}

function refreshAges(place) {
  for (const element of place.querySelectorAll("time")) element.textContent = time(element.dateTime, true).textContent;
}

function empty(want) {
  const isFiltered = want.search || want.status || want.strategy || want.page > 1;
  const showAll = () => {
    byID("search").value = "";
    go({ search: "", status: "", strategy: "" });
  };
  return el("div", { class: "card empty" },
    el("p", {}, isFiltered ? "No schedule is like this." : "There is no schedule yet."),
    isFiltered ? el("button", { type: "button", onclick: showAll }, "Show all")
      : el("a", { class: "button primary", href: "/app/new" }, "Plan your first lots"));
}

function showPager(list) {
  fill(byID("pager"), pager({
    count: list.total, size: list.page_size, page: list.page - 1, back: "Newer", next: "Older",
    onTurn: (page) => go({ page: page + 1 }),
  }));
}

let typing = null;
byID("search").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => go({ search: byID("search").value.trim() }, true), 250);
});
byID("strategy").addEventListener("change", () => go({ strategy: byID("strategy").value }));
byID("filters").addEventListener("submit", (event) => {
  event.preventDefault();
  go({ search: byID("search").value.trim() });
});
addEventListener("popstate", () => load());
document.addEventListener("visibilitychange", () => { if (!document.hidden) load({ isQuiet: true }); });

frame("/app/");
strategies().then((all) => {
  byID("strategy").append(...all.map((each) => el("option", { value: each.name }, each.name)));
  byID("strategy").value = wanted().strategy;
}, () => {});
load();
