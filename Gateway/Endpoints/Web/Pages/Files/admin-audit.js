// What happened, as it happens, by account and by kind.
import { get } from "./api.js";
import { announce, el, fill, named, number, time } from "./dom.js";
import { showRefusal } from "./forms.js";
import { poll } from "./live.js";
import { card } from "./cards.js";

const GROUPS = {
  "Logins that failed, and locks": ["login-failed", "locked", "unlocked"],
  "Logins and sessions": ["login-succeeded", "login-failed", "session-began", "session-ended", "session-revoked"],
  "Accounts and second factors": ["account-created", "account-changed", "account-disabled", "account-enabled", "account-deleted", "password-changed",
    "second-factor-enrolled", "second-factor-removed", "recovery-code-used"],
  "API keys": ["key-created", "key-revoked", "key-used-first"],
  "Limits and overrides": ["limit-refused", "limit-reset", "override-set", "override-cleared"],
};
const BAD = new Set(["login-failed", "locked", "limit-refused", "account-deleted", "account-disabled"]);
const WARN = new Set(["unlocked", "password-changed", "second-factor-removed", "recovery-code-used", "key-used-first", "override-set", "account-changed", "session-revoked"]);
/** Entries that the page keeps. */
const MOST = 1000;
const PAGE = 50;

export function audit({ place, about }) {
  const list = el("ol", { role: "list", class: "events", id: "events" });
  const problem = el("div");
  const account = el("input", { id: "audit-user", name: "user", type: "email", autocomplete: "off", spellcheck: "false", value: about ?? "", placeholder: "everybody" });
  const kind = el("select", { id: "audit-kind", name: "kind" }, el("option", { value: "" }, "Everything"),
    Object.entries(GROUPS).map(([title, kinds]) => el("option", { value: kinds.join(",") }, title)));
  const pause = el("button", { type: "button", "aria-pressed": "false" }, "Pause");
  const older = el("button", { type: "button" }, "Older events");
  const status = el("p", { class: "small quiet" });
  fill(place, card("Security events",
    el("form", { class: "filters" },
      el("div", { class: "field" }, el("label", { for: "audit-user" }, "Done by or to"), account),
      el("div", { class: "field" }, el("label", { for: "audit-kind" }, "Kind"), kind),
      el("div", { class: "row" }, pause)),
    problem, status, list, el("div", { class: "row" }, older)));

  let known = new Map();
  let next = null;
  let round = 0;

  function query(cursor) {
    const fields = new URLSearchParams({ limit: PAGE });
    if (account.value.trim() && account.checkValidity()) fields.set("user", account.value.trim());
    if (kind.value) fields.set("kind", kind.value);
    if (cursor) fields.set("cursor", cursor);
    return `/api/v1/admin/audit?${fields}`;
  }

  const polling = poll(async () => {
    if (pause.getAttribute("aria-pressed") === "true") return;
    const asked = round;
    const page = await get(query(null));
    if (asked !== round) return;
    const fresh = page.events.filter((event) => !known.has(event.id));
    const isFirst = known.size === 0;
    if (isFirst) next = page.next;
    for (const event of fresh) known.set(event.id, event);
    list.prepend(...fresh.map((event) => eventEntry(event, !isFirst)));
    while (list.children.length > MOST) list.lastChild.remove();
    settle();
  }, { every: 1500, slowest: 10_000, onState: (state, fault) => (state === "failing" ? showRefusal(problem, fault) : fill(problem)) });

  function settle() {
    older.hidden = next === null;
    status.textContent = known.size === 0 ? "Nothing of that kind is kept." : `${number(known.size)} events, newest first.`;
  }

  function begin() {
    round += 1;
    known = new Map();
    next = null;
    fill(list);
    polling.now();
  }

  older.addEventListener("click", async () => {
    const asked = round;
    try {
      const page = await get(query(next));
      if (asked !== round) return;
      next = page.next;
      const added = page.events.filter((event) => !known.has(event.id));
      for (const event of added) known.set(event.id, event);
      list.append(...added.map((event) => eventEntry(event)));
      settle();
      announce(`${added.length} older events`);
    } catch (fault) {
      showRefusal(problem, fault);
    }
  });
  pause.addEventListener("click", () => {
    const isPaused = pause.getAttribute("aria-pressed") !== "true";
    pause.setAttribute("aria-pressed", String(isPaused));
    pause.textContent = isPaused ? "Go on" : "Pause";
    if (!isPaused) polling.now();
  });
  account.form.addEventListener("submit", (event) => { event.preventDefault(); begin(); });
  account.addEventListener("change", begin);
  kind.addEventListener("change", begin);
  return { close() { polling.stop(); } };
}

/** An event as a line: when, what, who and why. */
export function eventEntry(event, isNew = false) {
  const parts = [
    event.user ? named(event.user, false) : null,
    event.actor && event.actor !== event.user ? ["by ", named(event.actor, false)] : null,
    event.address ? ["from ", el("span", { class: "code" }, event.address)] : null,
    event.reason ? ["(", event.reason, ")"] : null,
    event.count ? `× ${number(event.count)}` : null,
  ].filter(Boolean);
  const when = new Date(event.at);
  const isToday = when.toDateString() === new Date().toDateString();
  return el("li", { class: `event${isNew ? " new" : ""}`, title: event.request_id ? `Request ${event.request_id}` : null },
    el("time", { datetime: event.at, title: event.at }, isToday ? when.toLocaleTimeString("en-GB") : time(event.at).textContent),
    el("span", {}, el("span", { class: `badge ${BAD.has(event.kind) ? "bad" : WARN.has(event.kind) ? "warn" : ""}` }, event.kind)),
    el("span", { class: "about small" }, parts.map((part, index) => [index ? " " : null, part])));
}
