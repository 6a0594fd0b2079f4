// One schedule: how far it is, and once it is planned what the line does and how good that is.
import { get, path, post, problemBox, remove, showProblem, toast } from "./api.js";
import { ActivitiesTable } from "./activities.js";
import { announce, byID, confirmed, el, fill, named, number, time, visible } from "./dom.js";
import { downloadLink } from "./download.js";
import { frame, whoAmI } from "./frame.js";
import { chartCard } from "./chart-card.js";
import { keyFigures } from "./figures.js";
import { follow } from "./follow.js";
import { palette } from "./palette.js";
import { deletion } from "./parts.js";
import { meter, race, sentence } from "./race.js";
import { inWords } from "./settings.js";
import { STATES, isFinal, statusBadge } from "./strategies.js";
import { timelineOf } from "./timeline.js";

const FORMATS = [["csv", "CSV"], ["xlsx", "XLSX"], ["pdf", "PDF"], ["json", "JSON"]];
const id = new URLSearchParams(location.search).get("id") ?? "";
let stopFollowing = () => {};

async function load() {
  try {
    const schedule = await get(path`/api/v1/schedule/${id}`);
    showProblem(byID("problem"), null);
    show(schedule);
  } catch (fault) {
    showProblem(byID("problem"), fault);
    if (fault.status === 404) fill(byID("facts"), "It may have been deleted, or it belongs to somebody else.");
    else byID("problem").append(el("button", { type: "button", onclick: load }, "Try again"));
  }
}

function show(schedule) {
  document.title = `${visible(schedule.name)} · Fillgate`;
  fill(byID("name"), named(schedule.name, false));
  fill(byID("facts"), statusBadge(schedule.status), el("span", {}, schedule.strategy),
    el("span", {}, schedule.lots_count === 1 ? "1 lot" : `${number(schedule.lots_count)} lots`),
    el("span", {}, "starts ", time(schedule.start_time)), el("span", {}, "submitted ", time(schedule.created_at, true)));
  showActions(schedule);
  if (isFinal(schedule.status)) showEnd(schedule); else showProgress(schedule);
}

async function showActions(schedule) {
  // One of a comparison ends with it.
  const isOwn = (await whoAmI())?.id === schedule.owner && !schedule.comparison;
  fill(byID("actions"),
    schedule.comparison
      ? el("a", { class: "button", href: path`/app/compare?id=${schedule.comparison}` }, "Its comparison") : null,
    schedule.status === "completed" ? FORMATS.map(([format, text]) =>
      downloadLink(path`/api/v1/schedule/${id}/export?format=${format}`, text, `Download ${text}`)) : null,
    isOwn && !isFinal(schedule.status) ? el("button", { type: "button", id: "cancel", onclick: cancel }, "Cancel") : null,
    isOwn ? el("button", { type: "button", class: "danger", id: "delete", onclick: () => erase(schedule) }, "Delete") : null);
}

async function cancel() {
  try {
    show(await post(path`/api/v1/schedule/${id}/cancel`));
    announce("The schedule is cancelled");
  } catch (fault) {
    if (fault.status === 409) load(); else toast(fault, "bad");
  }
}

async function erase(schedule) {
  const isSure = await confirmed(deletion("schedule", `${visible(schedule.name)} and its result will be gone for good.`));
  if (!isSure) return;
  try {
    await remove(path`/api/v1/schedule/${id}`);
    stopFollowing();
    location.assign("/app/");
  } catch (fault) {
    toast(fault, "bad");
  }
}

// While it is planned.

function showProgress(schedule) {
  stopFollowing();
  const bar = meter();
  const chart = race();
  const trouble = el("div", {});
  const state = el("p", { class: "row" }, statusBadge(schedule.status));
  fill(byID("progress"), el("section", { class: "card", "aria-labelledby": "progress-title" },
    el("h2", { id: "progress-title" }, "Being planned"), bar.element, chart.element, trouble,
    el("p", { class: "small quiet" }, "You may leave this page; planning goes on, and the result will be kept.")));
  bar.show({ progress: 0, message: STATES[schedule.status] });
  let told = schedule.status;
  let toldAt = 0;
  stopFollowing = follow(path`/api/v1/schedule/${id}`, {
    onState(now) {
      bar.show(now);
      chart.show(now);
      fill(state, statusBadge(now.status));
      if (now.status !== told || performance.now() - toldAt > 10_000) {
        announce(`${STATES[now.status]}: ${sentence(now)}`);
        told = now.status;
        toldAt = performance.now();
      }
      if (isFinal(now.status)) load();
    },
    onTrouble(fault) {
      fill(trouble, fault ? problemBox(fault) : null);
      if (fault?.status === 404) load();
    },
  });
}

// Once it has ended.

function showEnd(schedule) {
  stopFollowing();
  fill(byID("progress"), ending(schedule));
  if (schedule.status !== "completed") return;
  const timeline = timelineOf(schedule.result);
  const colours = palette(timeline.types);
  fill(byID("figures"), keyFigures(schedule, timeline), colours.defs());
  const table = new ActivitiesTable(timeline, colours, {
    onSelect(activity) {
      chart.gantt.show(activity);
      table.show(activity);
      chart.element.scrollIntoView({ block: "nearest" });
    },
  });
  const chart = chartCard(timeline, colours, { onSelect: (activity) => table.show(activity) });
  fill(byID("chart"), chart.element);
  fill(byID("activities"), el("section", { class: "card", "aria-labelledby": "activities-title" },
    el("h2", { id: "activities-title" }, "What the line does"), table.element));
  chart.gantt.fit();
}

function ending(schedule) {
  if (schedule.status === "failed") {
    return el("div", { class: "notice bad", role: "alert" }, el("p", {}, schedule.error?.message ?? "Planning failed."),
      el("p", { class: "small" }, `Code ${schedule.error?.code ?? "unknown"}, schedule `, el("code", {}, schedule.id), "."),
      el("p", {}, el("a", { href: "/app/new" }, "Plan the lots anew")));
  }
  if (schedule.status === "cancelled") {
    return el("div", { class: "notice warn" },
      el("p", {}, "It was cancelled before it was planned. ", el("a", { href: "/app/new" }, "Plan other lots")));
  }
  return schedule.config ? el("p", { class: "small quiet" }, "Planned with ", inWords(schedule.config), ".") : null;
}

frame("/app/");
load();
