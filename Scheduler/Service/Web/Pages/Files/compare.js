// Comparisons: the list of them, and one of them: what each strategy makes of the same lots.
import { get, path, post, remove, showProblem, toast } from "./api.js";
import { announce, byID, confirmed, el, fill, hours, named, number, time, visible } from "./dom.js";
import { ganttsOf, makespanBars, saving } from "./comparison.js";
import { frame, whoAmI } from "./frame.js";
import { follow } from "./follow.js";
import { deletion, pager, tableFrame, tableHead } from "./parts.js";
import { meter } from "./race.js";
import { isFinal, statusBadge } from "./strategies.js";

const PAGE_SIZE = 20;
const query = new URLSearchParams(location.search);
const id = query.get("id");
let stopFollowing = () => {};

// All of them.

async function showList() {
  const page = Math.max(1, Number.parseInt(query.get("page") ?? "1", 10) || 1);
  const list = await get(`/api/v1/comparisons?page=${page}&page_size=${PAGE_SIZE}`);
  if (list.comparisons.length === 0) {
    return fill(byID("content"), el("div", { class: "card empty" }, el("p", {}, "There is no comparison yet."),
      el("a", { class: "button primary", href: "/app/new?compare" }, "Compare strategies over your lots")));
  }
  fill(byID("content"),
    tableFrame("Comparisons", "cards-when-narrow",
      tableHead(["Name", "Status", "Strategies", ["Lots", "number"], "Best", ["Makespan", "number"], "Submitted"]),
      el("tbody", {}, list.comparisons.map(row))),
    pager({
      count: list.total, size: PAGE_SIZE, page: page - 1, back: "Newer", next: "Older",
      onTurn: (to) => location.assign(`/app/compare?page=${to + 1}`),
    }));
}

function row(comparison) {
  const quiet = () => el("span", { class: "quiet" }, "–");
  return el("tr", {},
    el("td", { class: "whole" }, el("a", { href: path`/app/compare?id=${comparison.id}` }, named(comparison.name))),
    el("td", { "data-label": "Status" }, statusBadge(comparison.status)),
    el("td", { "data-label": "Strategies" }, number(comparison.strategies.length)),
    el("td", { class: "number", "data-label": "Lots" }, number(comparison.lots_count)),
    el("td", { "data-label": "Best" }, comparison.best_strategy ?? quiet()),
    el("td", { class: "number", "data-label": "Makespan" }, comparison.best_makespan ? hours(comparison.best_makespan) : quiet()),
    el("td", { "data-label": "Submitted" }, time(comparison.created_at, true)));
}

// One of them.

async function showOne() {
  const comparison = await get(path`/api/v1/compare/${id}?activities=true`);
  document.title = `${visible(comparison.name)} · Fillgate`;
  byID("back").hidden = false;
  fill(byID("name"), named(comparison.name, false));
  fill(byID("facts"), statusBadge(comparison.status), el("span", {}, `${comparison.strategies.length} strategies`),
    el("span", {}, comparison.lots_count === 1 ? "1 lot" : `${number(comparison.lots_count)} lots`),
    el("span", {}, "submitted ", time(comparison.created_at, true)));
  showActions(comparison);
  if (isFinal(comparison.status)) showResults(comparison); else showProgress(comparison);
}

async function showActions(comparison) {
  const isOwn = (await whoAmI())?.id === comparison.owner;
  fill(byID("actions"),
    isOwn && !isFinal(comparison.status) ? el("button", { type: "button", id: "cancel", onclick: cancel }, "Cancel") : null,
    isOwn ? el("button", { type: "button", class: "danger", id: "delete", onclick: () => erase(comparison) }, "Delete") : null);
}

async function cancel() {
  try {
    await post(path`/api/v1/compare/${id}/cancel`);
  } catch (fault) {
    if (fault.status !== 409) return toast(fault, "bad");
  }
  load();
}

async function erase(comparison) {
  const isSure = await confirmed(deletion("comparison",
    `${visible(comparison.name)} and the results of its strategies will be gone for good.`));
  if (!isSure) return;
  try {
    await remove(path`/api/v1/compare/${id}`);
    stopFollowing();
    location.assign("/app/compare");
  } catch (fault) {
    toast(fault, "bad");
  }
}

function showProgress(comparison) {
  stopFollowing();
  const whole = meter();
  const trouble = el("div", {});
  const parts = new Map(comparison.strategies.map((each) =>
    [each.strategy, { meter: meter(), badge: el("span", {}, statusBadge(each.status)) }]));
  fill(byID("content"), el("section", { class: "card", "aria-labelledby": "progress-title" },
    el("h2", { id: "progress-title" }, "Being planned"), whole.element, trouble,
    el("ul", { class: "members", role: "list" }, [...parts].map(([strategy, part]) =>
      el("li", {}, el("span", {}, strategy), part.badge, part.meter.element)))));
  stopFollowing = follow(path`/api/v1/compare/${id}`, {
    onState(state) {
      whole.show(state);
      for (const member of state.strategies ?? []) {
        const part = parts.get(member.strategy);
        part?.meter.show(isFinal(member.status) ? { ...member, progress: 1 } : member);
        if (part) fill(part.badge, statusBadge(member.status));
      }
      if (isFinal(state.status)) load();
    },
    onTrouble: (fault) => showProblem(trouble, fault),
  });
}

function showResults(comparison) {
  stopFollowing();
  const planned = comparison.strategies.filter((each) => each.result);
  const others = comparison.strategies.filter((each) => !each.result);
  const gantts = planned.length ? ganttsOf(planned) : null;
  fill(byID("content"),
    planned.length ? el("section", { class: "card", "aria-labelledby": "bars-title" },
      el("h2", { id: "bars-title" }, "Makespan"), saving(comparison, planned), makespanBars(comparison, planned)) : null,
    others.map((each) => el("p", { class: `notice ${each.status === "failed" ? "bad" : "warn"}` },
      `${each.strategy}: ${each.error?.message ?? "it was cancelled."}`)),
    gantts?.element);
  gantts?.fit();
  announce(comparison.best_strategy
    ? `Best: ${comparison.best_strategy}, ${hours(comparison.best_makespan)}` : "The comparison has ended");
}

async function load() {
  try {
    await (id ? showOne() : showList());
    showProblem(byID("problem"), null);
  } catch (fault) {
    showProblem(byID("problem"), fault);
    if (fault.status !== 404) byID("problem").append(el("button", { type: "button", onclick: load }, "Try again"));
  }
}

frame("/app/compare");
load();
