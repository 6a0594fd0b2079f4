// Every limit with what it admits and refuses, who is refused most, and how the limits of one stand.
import { ask, get } from "./api.js";
import { el, fill, named, number } from "./dom.js";
import { onSubmit, showRefusal } from "./forms.js";
import { Line, rate } from "./figures.js";
import { card, keep } from "./cards.js";

const lines = new Map();

export function limits({ place, about, now }) {
  const rows = el("tbody");
  const refused = el("ul", { role: "list", class: "entries" });
  const workers = el("p", { class: "small quiet" });
  fill(place,
    card("Policies", workers, frame("Table of policies", el("table", {},
      el("thead", {}, el("tr", {}, ["Policy", "Counts by", "Limit"].map((title) => el("th", { scope: "col" }, title)),
        ["Admitted /s", "Refused /s", "In flight"].map((title) => el("th", { scope: "col", class: "number" }, title)), el("th", { scope: "col" }, "Refused, last 3 min"))),
      rows)),
      el("p", { class: "small quiet" }, "A policy in shadow mode refuses nobody: its figures are what it would have said.")),
    el("div", { class: "pair" }, card("Refused most in the last minute", refused), standing(about)));
  let counted = null;
  return {
    needs: ["limits"],
    update() {
      if (!now.limits || counted === now.limits) return;
      counted = now.limits;
      workers.textContent = now.limits.workers.length === 1 ? `Of the worker ${now.limits.workers[0]}.` : `Of ${now.limits.workers.length} workers together.`;
      fill(rows, now.limits.policies.map((policy) => row(policy, now.policyRates)));
      keep(refused, now.limits.refused, () => refusedEntries(now.limits.refused));
    },
  };
}

function row(policy, rates) {
  const isShadow = policy.mode === "shadow";
  const value = (name) => rates[`${policy.policy} ${isShadow ? "shadow_" : ""}${name}`] ?? 0;
  const refusals = value("refused");
  if (!lines.has(policy.policy)) lines.set(policy.policy, new Line(`Refused by ${policy.policy}, a second`, isShadow ? "warn" : "bad"));
  const line = lines.get(policy.policy);
  line.push(refusals);
  return el("tr", {},
    el("th", { scope: "row" }, el("span", { class: "row" }, el("b", {}, policy.policy), isShadow ? el("span", { class: "badge warn" }, "shadow") : null,
      policy.overridden ? el("span", { class: "badge live" }, "overridden") : null)),
    el("td", {}, policy.key.join(", ")),
    el("td", {}, policy.most === undefined ? `${policy.rate}, burst ${number(policy.burst)}` : `${number(policy.most)} in flight`),
    el("td", { class: "number" }, rate(value("admitted"))),
    el("td", { class: "number" }, rate(refusals)),
    el("td", { class: "number" }, policy.most === undefined ? "–" : number(policy.in_flight)),
    el("td", {}, line.element));
}

/** An entry for each key that is refused, with the way to what it has left. */
export function refusedEntries(refused) {
  if (!refused.length) return [el("li", { class: "quiet" }, "Nobody is refused.")];
  return refused.map((key) => {
    const name = [key.address, key.user, key.subject].filter(Boolean).join(" ");
    const target = key.user ?? key.address;
    return el("li", { class: "entry" },
      el("div", { class: "stack tight" },
        el("p", { class: "row" }, target ? el("a", { class: "name-link", href: `#limits/${encodeURIComponent(target)}`, dataset: { key: `${key.policy} ${name}` } }, named(name)) : el("strong", {}, named(name))),
        el("p", { class: "small quiet" }, `by ${key.policy}`, key.shadow ? ", in shadow: it passed" : "")),
      el("span", { class: "number" }, `${number(key.count)} times`));
  });
}

/** Looking up what one address or user has left. */
function standing(about) {
  const result = el("div", { class: "stack", "aria-live": "polite" });
  const problem = el("div");
  const input = el("input", { id: "limit-subject", name: "subject", required: true, autocomplete: "off", spellcheck: "false", value: about ?? "", placeholder: "192.0.2.7 or planner@plant.example" });
  const form = el("form", { class: "stack", novalidate: true },
    el("div", { class: "field" }, el("label", { for: "limit-subject" }, "Address or account"), input),
    problem, el("div", { class: "row" }, el("button", { class: "primary" }, "Show what is left")));
  const query = () => new URLSearchParams(input.value.includes("@") ? { user: input.value.trim() } : { address: input.value.trim() });
  async function show() {
    const { limits: found } = await get(`/api/v1/admin/limits?${query()}`);
    fill(result, found.length ? [standings(found), el("div", { class: "row" }, el("button", { type: "button", class: "danger", onclick: reset }, "Forget what was used"))]
      : el("p", { class: "quiet" }, "No policy counts by that."));
  }
  async function reset() {
    try {
      await ask("DELETE", `/api/v1/admin/limits?${query()}`);
      await show();
    } catch (fault) {
      showRefusal(problem, fault);
    }
  }
  onSubmit(form, problem, show, { user: "subject", address: "subject" });
  if (about) form.requestSubmit();
  return card("What somebody has left", form, result);
}

function standings(found) {
  return frame("Table of what is left", el("table", {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Policy"), ["Left", "Of", "Full in"].map((title) => el("th", { scope: "col", class: "number" }, title)))),
    el("tbody", {}, found.map((limit) => el("tr", {},
      el("th", { scope: "row" }, limit.policy, limit.of ? [" ", el("span", { class: "quiet" }, named(limit.of))] : null, limit.mode === "shadow" ? [" ", el("span", { class: "badge warn" }, "shadow")] : null),
      el("td", { class: "number" }, number(limit.remaining)), el("td", { class: "number" }, number(limit.burst)),
      el("td", { class: "number" }, limit.in_flight === undefined ? `${number(limit.full_in)} s` : `${number(limit.in_flight)} in flight`))))));
}

function frame(name, table) {
  return el("div", { class: "table-frame", role: "region", "aria-label": name, tabindex: 0 }, table);
}
