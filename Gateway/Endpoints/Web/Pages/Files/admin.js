// The administrator's console: parts of it, each a module, of which one is shown; what is asked for over and over.
import { get, problemBox } from "./api.js";
import { announce, byID, el, fill } from "./dom.js";
import { frame } from "./frame.js";
import { poll } from "./live.js";
import { Rates } from "./figures.js";
import { audit } from "./admin-audit.js";
import { health } from "./admin-health.js";
import { limits } from "./admin-limits.js";
import { lockouts } from "./admin-lockouts.js";
import { overview } from "./admin-overview.js";
import { users } from "./admin-users.js";

const PARTS = [["", "Overview", overview], ["users", "Users", users], ["lockouts", "Lockouts", lockouts],
  ["limits", "Limits", limits], ["audit", "Audit", audit], ["health", "Health", health]];

/** Locks that are shown, those that end last first. */
const MOST_LOCKS = 200;

/** What every part gets: what was asked last, by name, and a way to ask at once. */
const now = { limits: null, health: null, lockouts: null, events: null, rates: {}, policyRates: {} };
const totals = new Rates();
const policies = new Rates();
let shown = null;
let badge = null;

frame("/admin/");
fill(byID("places"), PARTS.map(([name, title]) => el("a", { href: `#${name}`, dataset: { part: name } }, title)));
badge = el("span", { class: "badge bad count", hidden: true });
document.querySelector("[data-part=lockouts]").append(badge);

const polling = poll(ask, { every: 2000, slowest: 6000, onState: showState });
const refresh = () => polling.now();
window.addEventListener("hashchange", () => open(true));
open(false);

/** Shows the part that the address names: `#users` or `#users/ID`. */
function open(isMoved) {
  const [name, ...rest] = location.hash.slice(1).split("/");
  const [part, title, make] = PARTS.find(([each]) => each === name) ?? PARTS[0];
  const about = rest.length ? decodeURIComponent(rest.join("/")) : null;
  for (const link of byID("places").children) {
    if (link.dataset.part === part) {
      link.setAttribute("aria-current", "page");
      // On a phone the row scrolls.
      link.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else link.removeAttribute("aria-current");
  }
  document.title = `${title} · Administration · Fillgate`;
  byID("title").textContent = title === "Overview" ? "Administration" : title;
  shown?.close?.();
  shown = make({ place: byID("place"), about, refresh, now });
  shown.update?.();
  if (isMoved) {
    byID("main").focus({ preventScroll: true });
    announce(title);
  }
  refresh();
}

/** Asks for what the shown part lives of; the locks always, as their number stands at the top. */
async function ask() {
  const wanted = new Set(["lockouts", ...(shown?.needs ?? [])]);
  const fetch = async (name, path) => { if (wanted.has(name)) now[name] = await get(path); };
  await Promise.all([
    fetch("lockouts", `/api/v1/admin/lockouts?limit=${MOST_LOCKS}`),
    fetch("limits", "/api/v1/admin/limits"),
    fetch("health", "/api/v1/admin/health"),
    fetch("events", "/api/v1/admin/audit?limit=20"),
  ]);
  reckon(wanted);
  const count = now.lockouts.lockouts.length;
  badge.textContent = count < MOST_LOCKS ? count : `${MOST_LOCKS} and more`;
  badge.hidden = count === 0;
  shown?.update?.();
}

/** Works out what grows how fast. Workers count by themselves, so it is their moments that count. */
function reckon(wanted) {
  if (wanted.has("health")) {
    const workers = now.health.workers;
    const sum = (value) => workers.reduce((total, worker) => total + value(worker), 0);
    now.rates = totals.push(mean(workers.map((worker) => Date.parse(worker.at))), {
      requests: sum((worker) => worker.requests), failures: sum((worker) => worker.failures),
      logins: sum((worker) => worker.logins.succeeded), guesses: sum((worker) => worker.logins.failed + worker.logins.locked),
    }) ?? now.rates;
  }
  if (wanted.has("limits")) {
    const counts = {};
    for (const policy of now.limits.policies) {
      for (const name of ["admitted", "refused", "shadow_admitted", "shadow_refused", "uncounted"]) counts[`${policy.policy} ${name}`] = policy[name];
    }
    now.policyRates = policies.push(Date.parse(now.limits.counted_at ?? now.limits.at), counts) ?? now.policyRates;
  }
}

function mean(moments) {
  return moments.length ? moments.reduce((total, moment) => total + moment, 0) / moments.length : Date.now();
}

let trouble = null;

function showState(state, fault) {
  const words = { live: "Live", paused: "Paused: nobody has touched this page for a while", failing: "Not live" };
  fill(byID("state"), el("span", { class: `dot ${state}` }), words[state]);
  if (state !== "failing") {
    trouble = null;
    return void fill(byID("trouble"));
  }
  if (trouble === fault.code) return;
  trouble = fault.code;
  fill(byID("trouble"), fault.code === "store-unavailable"
    ? el("div", { class: "notice bad", role: "alert" },
      el("p", {}, "Redis does not answer. Nobody can log in, limits are kept by each worker alone, and nobody is logged out. Below is what was known last."),
      el("p", { class: "small" }, "At a shell, ", el("code", {}, "fillgate doctor"), " says how it looks from there."))
    : problemBox(fault));
}
