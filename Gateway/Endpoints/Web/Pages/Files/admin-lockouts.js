// Who is not heard, and letting them in again.
import { ask, toast } from "./api.js";
import { confirmed, el, fill, named, number, time } from "./dom.js";
import { showRefusal } from "./forms.js";
import { card, keep } from "./cards.js";

const REASONS = {
  pair: "wrong passwords for this account from this address", address: "wrong passwords for many accounts from this address",
  account: "wrong passwords for this account from anywhere: only known devices are heard", device: "wrong passwords on a device that the account knows",
  consecutive: "very many wrong passwords in a row: only known devices are heard",
};

export function lockouts({ place, refresh, now }) {
  const list = el("ul", { role: "list", class: "entries" });
  const problem = el("div");
  const address = el("input", { id: "unlock-address", name: "address", autocomplete: "off", spellcheck: "false" });
  const form = el("form", { class: "row end-aligned", novalidate: true },
    el("div", { class: "field" }, el("label", { for: "unlock-address" }, "Account or address"), address),
    el("button", {}, "Unlock"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = address.value.trim();
    unlock(text.includes("@") ? { user: text } : { address: text }, text, refresh, problem);
  });
  fill(place,
    card("Locked now", el("p", { class: "quiet" }, "Nobody who is locked is told so. Unlocking holds at once, on every worker."), problem, list,
      el("div", { class: "row" }, el("button", { type: "button", class: "danger", onclick: () => unlockAll(refresh, problem) }, "Unlock all"))),
    card("Clear what counts against somebody", el("p", { class: "quiet" }, "Also what has not led to a lock yet."), form));
  return {
    update() {
      if (now.lockouts) keep(list, now.lockouts.lockouts, () => lockEntries(now.lockouts.lockouts, refresh, problem));
    },
  };
}

/** An entry for each lock, with its button. */
export function lockEntries(locks, refresh, problem = null) {
  if (!locks.length) return [el("li", { class: "quiet" }, "Nobody is locked.")];
  return locks.map((lock) => {
    const subject = lock.user ? { user: lock.user } : { address: lock.address };
    const name = lock.user ?? lock.address;
    return el("li", { class: "entry" },
      el("div", { class: "stack tight" },
        el("p", { class: "row" }, el("strong", {}, named(name)), lock.user && lock.address ? el("span", { class: "code small" }, `from ${lock.address}`) : null),
        el("p", { class: "small quiet" }, `${number(lock.failures)} ${REASONS[lock.reason] ?? lock.reason}`),
        el("p", { class: "small quiet" }, "Since ", time(lock.since), lock.until ? [", until ", time(lock.until)] : ", until somebody unlocks it or its owner logs in")),
      el("button", { type: "button", class: "small", dataset: { key: `unlock ${name}` }, "aria-label": `Unlock ${name}`, onclick: () => unlock(subject, name, refresh, problem) }, "Unlock"));
  });
}

async function unlock(subject, name, refresh, problem) {
  try {
    const { cleared } = await ask("DELETE", `/api/v1/admin/lockouts?${new URLSearchParams(subject)}`);
    if (problem) fill(problem);
    toast(cleared ? `${name} is unlocked.` : `Nothing counted against ${name}.`);
    await refresh();
  } catch (fault) {
    if (problem) showRefusal(problem, fault);
    else toast(fault);
  }
}

async function unlockAll(refresh, problem) {
  const isMeant = await confirmed({
    title: "Unlock all?", action: "Unlock all", danger: true,
    text: "Every lock ends and everything that counts against anybody is forgotten, also against those who guess passwords now.",
  });
  if (isMeant) unlock({ all: "true" }, "Everybody", refresh, problem);
}
