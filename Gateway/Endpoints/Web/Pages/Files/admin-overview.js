// What there is to see at one glance: how much, who is shut out, who is refused, how everything is.
import { card, keep } from "./cards.js";
import { el, fill } from "./dom.js";
import { Tile } from "./figures.js";
import { eventEntry } from "./admin-audit.js";
import { redisState, upstreamEntries } from "./admin-health.js";
import { lockEntries } from "./admin-lockouts.js";
import { refusedEntries } from "./admin-limits.js";

const tiles = {
  requests: new Tile("Requests"), refused: new Tile("Refused by limits", { kind: "warn" }),
  guesses: new Tile("Failed logins", { kind: "bad", alarm: 1 }), logins: new Tile("Logins"),
  failures: new Tile("Server errors", { kind: "bad", alarm: 1 }), connections: new Tile("Connections", { unit: "" }),
};

export function overview({ place, refresh, now }) {
  const locks = el("ul", { role: "list", class: "entries" });
  const refused = el("ul", { role: "list", class: "entries" });
  const state = el("div", { class: "stack" });
  const events = el("ol", { role: "list", class: "events" });
  fill(place,
    el("section", { "aria-label": "Figures", class: "tiles" }, Object.values(tiles).map((tile) => tile.element)),
    el("div", { class: "pair" },
      card("Locked now", locks), card("Refused most in the last minute", refused)),
    el("div", { class: "pair" },
      card("Redis and upstreams", state), card("What happened last", events, el("a", { href: "#audit" }, "All events"))));

  let counted = null;
  return {
    needs: ["limits", "health", "events"],
    update() {
      if (!now.limits || !now.health || !now.events) return;
      if (counted !== now.health) {
        counted = now.health;
        const refusals = Object.entries(now.policyRates).filter(([name]) => name.endsWith(" refused"));
        tiles.requests.show(now.rates.requests ?? 0);
        tiles.refused.show(refusals.reduce((total, [, rate]) => total + rate, 0));
        tiles.guesses.show(now.rates.guesses ?? 0);
        tiles.logins.show(now.rates.logins ?? 0);
        tiles.failures.show(now.rates.failures ?? 0);
        tiles.connections.show(now.health.workers.reduce((total, worker) => total + worker.connections, 0));
      }
      keep(locks, now.lockouts.lockouts, () => lockEntries(now.lockouts.lockouts, refresh));
      keep(refused, now.limits.refused, () => refusedEntries(now.limits.refused));
      keep(events, now.events.events, () => now.events.events.slice(0, 10).map((event) => eventEntry(event)));
      fill(state, el("div", { class: "row" }, redisState(now.health)), upstreamEntries(now.health));
    },
  };
}
