// A new schedule, or a comparison of strategies: from a CSV and a few choices to something that is being planned.
import { ask, path, showProblem } from "./api.js";
import { announce, byID, el, fill } from "./dom.js";
import { Draft } from "./draft.js";
import { frame } from "./frame.js";
import { LotsPreview } from "./lots.js";
import { chosen, fillChoice, inWords, settingsToChoose } from "./settings.js";
import { estimate, strategies } from "./strategies.js";
import { momentOf, zones } from "./zones.js";

const PAUSE = 300;
/** As large as the gateway takes; what is larger would only be refused later. */
const LARGEST = 10 * 1024 * 1024;

const draft = new Draft("new-schedule");
const lots = new LotsPreview({ summary: byID("summary"), totals: byID("totals"), preview: byID("preview") });
let settings = null;
/** The bytes of a file whose text nobody has changed: they are sent as they are. */
let file = null;
let check = null;
let timer = null;
/** Under it the schedule is made once, however often this form is sent as it is. */
let key = null;
let isSending = false;
/** Whether the problem that is shown was met in looking for faults, and goes once they can be looked for. */
let isProblemOfCheck = false;
let isComparison = new URLSearchParams(location.search).has("compare");

// What is typed.

function changed() {
  key = null;
  const [text, name, start, zone] = ["text", "name", "start", "zone"].map((id) => byID(id).value);
  draft.keep({ text, name, start, zone, strategies: chosenStrategies(), isComparison });
}

function textChanged() {
  changed();
  lots.read(byID("text").value);
  total();
  clearTimeout(timer);
  check?.abort();
  timer = setTimeout(validate, PAUSE);
}

async function take(given) {
  if (!given) return;
  if (given.size > LARGEST) return showProblem(byID("problem"), new Error(`${given.name} is larger than 10 MiB.`));
  showProblem(byID("problem"), null);
  file = given;
  byID("text").value = await given.text();
  fill(byID("source"), given.name);
  if (!byID("name").value) byID("name").value = given.name.replace(/\.[^.]*$/, "").slice(0, 255);
  textChanged();
}

function chosenStrategies() {
  return [...document.querySelectorAll("[name=strategy]:checked")].map((input) => input.value);
}

function content() {
  return file ?? new Blob([byID("text").value], { type: "text/csv" });
}

function form() {
  const data = new FormData();
  data.set("csv_file", content(), "lots.csv");
  if (byID("template").value) data.set("template", byID("template").value);
  return data;
}

// What is wrong with it.

async function validate() {
  if (!byID("text").value.trim()) return lots.read("");
  check = new AbortController();
  try {
    const found = await ask("POST", "/api/v1/schedule/validate", { body: form(), signal: check.signal });
    lots.mark(found.errors, found.warnings);
    if (isProblemOfCheck) showProblem(byID("problem"), null);
    isProblemOfCheck = false;
  } catch (fault) {
    if (fault.name === "AbortError") return;
    isProblemOfCheck = true;
    showProblem(byID("problem"), fault);
  }
}

function total() {
  const config = settings ? chosen(byID("template"), settings) : null;
  lots.total(config?.fill_rate_vph ?? 19_920);
  fill(byID("settings"), config ? inWords(config) : "");
  for (const place of document.querySelectorAll("[data-estimate]")) {
    place.textContent = lots.count ? `Takes ${estimate(place.dataset.estimate, lots.count)}.` : "";
  }
}

function startMoment() {
  const local = byID("start").value;
  return local ? momentOf(local, byID("zone").value) : null;
}

function showStart() {
  const moment = startMoment();
  byID("start-hint").textContent = moment ? `That is ${moment.replace("T", " ").replace(/:00Z$/, "")} UTC.` : "Left empty: now.";
}

// What becomes of it.

async function send(event) {
  event.preventDefault();
  if (isSending) return;
  const missing = whatIsMissing();
  if (missing) {
    showProblem(byID("problem"), new Error(missing.text));
    return missing.place.focus();
  }
  isSending = true;
  isProblemOfCheck = false;
  showSubmit();
  showFaults([]);
  const data = form();
  if (isComparison) data.set("strategies", chosenStrategies().join(","));
  else data.set("strategy", chosenStrategies()[0]);
  if (byID("name").value.trim()) data.set("name", byID("name").value);
  const moment = startMoment();
  if (moment) data.set("start_time", moment);
  key ??= freshKey();
  try {
    const address = isComparison ? "/api/v1/compare" : "/api/v1/schedule";
    const made = await ask("POST", address, { body: data, headers: { "Idempotency-Key": key } });
    draft.forget();
    location.assign(isComparison ? path`/app/compare?id=${made.id}` : path`/app/schedule?id=${made.id}`);
  } catch (fault) {
    showFaults(fault.faults ?? []);
    showProblem(byID("problem"), fault.faults?.some((each) => each.line)
      ? new Error("These lots cannot be planned yet. What is to be mended is listed above the table.") : fault);
    isSending = false;
    showSubmit();
  }
}

function whatIsMissing() {
  if (!byID("text").value.trim()) {
    return { text: "There are no lots yet. Drop a file, choose one, or paste them.", place: byID("text") };
  }
  if (chosenStrategies().length >= (isComparison ? 2 : 1)) return null;
  const text = isComparison ? "Choose two strategies or more to compare." : "Choose a strategy.";
  return { text, place: document.querySelector("[name=strategy]") ?? byID("submit") };
}

function showSubmit() {
  const button = byID("submit");
  const count = chosenStrategies().length;
  if (isSending) button.setAttribute("aria-disabled", "true"); else button.removeAttribute("aria-disabled");
  if (isSending) button.textContent = "Sending …";
  else if (!isComparison) button.textContent = "Plan these lots";
  else button.textContent = count < 2 ? "Compare strategies" : `Compare ${count} strategies`;
}

/** Puts each fault where it belongs: at a cell, at a field. */
function showFaults(faults) {
  const ofLots = faults.filter((fault) => fault.line || ["csv_file", "lots_data"].includes(fault.field));
  if (ofLots.length) lots.mark(ofLots);
  for (const [id, field] of [["name", "name"], ["start", "start_time"], ["strategies", "strateg"]]) {
    const own = faults.filter((fault) => fault.field?.startsWith(field));
    byID(`${id}-fault`).textContent = own.map((fault) => fault.message).join("; ");
    if (id !== "strategies") byID(id).setAttribute("aria-invalid", String(own.length > 0));
  }
}

function freshKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The page.

/** The strategies, to choose one of or several; of what was chosen before as much as can be is chosen again. */
async function showStrategies(before = draft.content?.strategies ?? []) {
  const all = await strategies();
  const isChosen = (each, index) => (before.length ? before.includes(each.name) : isComparison || index === 0);
  let count = 0;
  fill(byID("strategies"), all.map((each, index) => {
    const isOn = isChosen(each, index) && (isComparison || count === 0);
    count += isOn ? 1 : 0;
    return el("label", { class: "choice" },
      el("input", { type: isComparison ? "checkbox" : "radio", name: "strategy", value: each.name, checked: isOn }),
      el("span", { class: "stack" }, el("span", {}, each.name),
        el("span", { class: "hint" }, each.description, " ", el("span", { dataset: { estimate: each.name } }))));
  }));
  for (const button of byID("modes").children) {
    button.setAttribute("aria-pressed", String((button.dataset.mode === "several") === isComparison));
  }
  byID("strategies-title").textContent = isComparison ? "Strategies" : "Strategy";
  document.querySelector("h1").textContent = isComparison ? "New comparison" : "New schedule";
  showSubmit();
  total();
}

function setMode(isSeveral) {
  if (isSeveral === isComparison) return;
  isComparison = isSeveral;
  history.replaceState(null, "", isSeveral ? "/app/new?compare" : "/app/new");
  showStrategies(isSeveral ? [] : chosenStrategies().slice(0, 1));
  changed();
}

async function showSettings() {
  settings = await settingsToChoose();
  fillChoice(byID("template"), settings);
}

/** What was typed before, for those who come back after a session has ended. */
function restore({ text, name, start, zone, strategies: before = [], isComparison: wasComparison = false }) {
  isComparison ||= wasComparison;
  showStrategies(before);
  byID("text").value = text;
  byID("name").value = name;
  byID("start").value = start;
  if (zone) byID("zone").value = zone;
  if (text) announce("What you typed before is here again.");
  textChanged();
  showStart();
}

function listen() {
  const drop = byID("drop");
  for (const name of ["dragover", "drop"]) {
    document.addEventListener(name, (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name === "drop") take(event.dataTransfer.files[0]);
    });
  }
  document.addEventListener("dragleave", () => drop.classList.remove("over"));
  byID("file").addEventListener("change", (event) => {
    take(event.target.files[0]);
    event.target.value = "";
  });
  byID("text").addEventListener("input", () => {
    file = null;
    fill(byID("source"));
    textChanged();
  });
  byID("template").addEventListener("change", () => { changed(); total(); validate(); });
  for (const id of ["name", "start", "zone", "strategies"]) {
    byID(id).addEventListener("input", () => { changed(); showStart(); showSubmit(); });
  }
  for (const button of byID("modes").children) button.addEventListener("click", () => setMode(button.dataset.mode === "several"));
  byID("form").addEventListener("submit", send);
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

frame("/app/new");
fill(byID("zone"), zones().map((zone) => el("option", { value: zone }, zone)));
listen();
draft.load(restore);
Promise.all([showStrategies(), showSettings()]).then(total).catch((fault) => showProblem(byID("problem"), fault));
