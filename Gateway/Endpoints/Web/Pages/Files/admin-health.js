// Redis, the workers, and the upstreams as each worker sees them.
import { el, fill, named, number, svg } from "./dom.js";
import { bytes, Line } from "./figures.js";
import { card } from "./cards.js";

const latency = new Line("Latency of Redis in milliseconds");

export function health({ place, now }) {
  const redis = el("div", { class: "stack" });
  const upstreams = el("div", { class: "stack" });
  const workers = el("ul", { role: "list", class: "entries" });
  fill(place, el("div", { class: "pair" }, card("Redis", redis), card("Upstreams", upstreams)), card("Workers", workers));
  let shown = null;
  return {
    needs: ["health"],
    update() {
      if (!now.health || shown === now.health) return;
      shown = now.health;
      latency.push(now.health.redis.latency_ms);
      fill(redis, el("div", { class: "row" }, redisState(now.health)), el("div", { class: "figure" }, latency.element), now.health.redis.servers.map(server));
      fill(upstreams, upstreamEntries(now.health));
      fill(workers, now.health.workers.map(worker));
    },
  };
}

/** Whether Redis answers, how soon, and every worker. */
export function redisState({ redis, workers }) {
  const cutOff = workers.filter((worker) => worker.redis.connected < worker.redis.loops);
  return [
    el("span", { class: "badge good" }, "Redis answers"),
    el("span", { class: "small quiet" }, `in ${number(redis.latency_ms, 1)} ms`),
    cutOff.length ? el("span", { class: "badge bad" }, `not connected: ${cutOff.map((worker) => worker.worker).join(", ")}`) : null,
  ];
}

function server(found) {
  const share = found.memory_bound ? found.memory_used / found.memory_bound : null;
  const worries = [
    found.eviction_policy === "noeviction" ? null : `It may evict sessions: maxmemory-policy is ${found.eviction_policy}.`,
    found.append_only ? null : "It does not write to an append-only file: a restart may lose accounts.",
    share !== null && share >= 0.9 ? "Its memory is nearly full." : null,
  ].filter(Boolean);
  const facts = [["Version", found.version], ["Role", found.role === "master" ? "primary" : found.role], ["Replicas", number(found.replicas)],
    ["Memory", share === null ? `${bytes(found.memory_used)}, no bound` : `${bytes(found.memory_used)} of ${bytes(found.memory_bound)}`]];
  return el("div", { class: "stack" },
    found.server ? el("h3", {}, found.server) : null,
    el("dl", { class: "cards facts" }, facts.map(([name, value]) => el("div", { class: "figure" }, el("dt", {}, name), el("dd", { class: "fact" }, value)))),
    share === null ? null : svg("svg", { class: `meter ${share >= 0.9 ? "bad" : ""}`, viewBox: "0 0 100 1", preserveAspectRatio: "none", role: "img", "aria-label": `${Math.round(share * 100)} % of its memory` },
      svg("rect", { width: share * 100, height: 1 })),
    worries.map((worry) => el("p", { class: "notice warn" }, worry)));
}

/** Each upstream: its addresses as the workers see them, and what is under way there. */
export function upstreamEntries({ workers }) {
  const names = [...new Set(workers.flatMap((worker) => worker.upstreams.map((upstream) => upstream.upstream)))].sort();
  if (!names.length) return el("p", { class: "quiet" }, workers.length ? "There are no upstreams." : "No worker has said anything yet.");
  return names.map((name) => {
    const seen = workers.flatMap((worker) => worker.upstreams.filter((upstream) => upstream.upstream === name).map((upstream) => ({ ...upstream, worker: worker.worker })));
    const sum = (value) => seen.reduce((total, upstream) => total + upstream[value], 0);
    const addresses = new Map();
    for (const upstream of seen) {
      for (const address of upstream.addresses) {
        const worst = addresses.get(address.address);
        if (!worst || rank(address) > rank(worst)) addresses.set(address.address, address);
      }
    }
    return el("div", { class: "stack tight" },
      el("p", { class: "row" }, el("strong", {}, named(name)),
        sum("open") ? el("span", { class: "badge bad" }, "circuit open") : null,
        sum("ejected") ? el("span", { class: "badge warn" }, `${sum("ejected")} ejected`) : null,
        el("span", { class: "small quiet" }, `${number(sum("in_flight"))} in flight, ${number(sum("queued"))} waiting`)),
      el("ul", { role: "list", class: "addresses" }, [...addresses.values()].map((address) => el("li", { class: "row small" },
        el("span", { class: `badge ${address.verdict === "healthy" ? "good" : address.verdict === "unhealthy" ? "bad" : "warn"}` }, address.verdict),
        el("span", { class: "code" }, address.address), address.fault ? el("span", { class: "quiet" }, address.fault) : null))));
  });
}

function rank(address) { return ["healthy", "unknown", "unhealthy"].indexOf(address.verdict); }

function worker(found) {
  return el("li", { class: "entry" },
    el("div", { class: "stack tight" },
      el("p", { class: "row" }, el("strong", { class: "code" }, found.worker), found.draining ? el("span", { class: "badge warn" }, "draining") : null,
        found.redis.open ? el("span", { class: "badge bad" }, "does not ask Redis") : null),
      el("p", { class: "small quiet" }, `Version ${found.version}, ${number(found.connections)} connections, ${number(found.requests)} requests, ${number(found.failures)} of them server errors; `,
        `${found.redis.connected} of ${found.redis.loops} event loops connected to Redis, ${number(found.redis.unanswered)} questions unanswered in time`)));
}
