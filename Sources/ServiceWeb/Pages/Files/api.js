// The one way in which pages ask the API, and how they show what it refuses.
import { announce, byID, copy, el, fill } from "./dom.js";

/** What the API refused: a problem detail (RFC 9457) with the ID under which operators find the request. */
export class Refused extends Error {
  constructor(status, problem, requestID) {
    super(problem.detail || problem.title || `The answer was ${status}.`);
    this.status = status;
    this.code = problem.code ?? "unknown";
    this.faults = problem.errors ?? [];
    this.requestID = problem.request_id ?? requestID ?? null;
    this.retryAfter = null;
  }
}

/** What never got an answer. */
export class Unreached extends Error {
  constructor() {
    super("The server could not be reached. Check the network; nothing that you typed is lost.");
    this.status = 0;
    this.code = "unreached";
    this.faults = [];
    this.requestID = null;
  }
}

const listeners = { unauthenticated: [], answered: [] };

/** Calls `act` whenever a request finds that nobody is logged in any more. */
export function onUnauthenticated(act) { listeners.unauthenticated.push(act); }

/** Calls `act` after every answer of the API. */
export function onAnswer(act) { listeners.answered.push(act); }

/** Asks the API. `json`: a value for the body; `body`: a ready one. Resolves to the parsed JSON, the text of other types,
 *  or null for an empty answer.
 *  @throws {Refused} for an answer of 400 and more; {Unreached} without one. */
export async function ask(method, path, { json, body, headers = {}, signal, raw = false } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method, signal, credentials: "same-origin", redirect: "error", cache: "no-store",
      headers: { Accept: "application/json", ...(json === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      body: json === undefined ? body : JSON.stringify(json),
    });
  } catch (fault) {
    if (fault.name === "AbortError") throw fault;
    throw new Unreached();
  }
  const requestID = response.headers.get("X-Request-ID");
  for (const act of listeners.answered) act(response);
  const isJSON = /[/+]json\b/.test(response.headers.get("Content-Type") ?? "");
  if (!response.ok) {
    const problem = isJSON ? await response.json().catch(() => ({})) : {};
    const refused = new Refused(response.status, problem, requestID);
    refused.retryAfter = Number(response.headers.get("Retry-After")) || null;
    if (response.status === 401 && refused.code === "unauthenticated") {
      for (const act of listeners.unauthenticated) act(refused);
    }
    throw refused;
  }
  if (raw) return response;
  if (response.status === 204) return null;
  return isJSON ? response.json() : response.text();
}

export const get = (path, options) => ask("GET", path, options);
export const post = (path, json, options) => ask("POST", path, { json, ...options });
export const put = (path, json, options) => ask("PUT", path, { json, ...options });
export const patch = (path, json, options) => ask("PATCH", path, { json, ...options });
export const remove = (path, options) => ask("DELETE", path, options);

/** A path with its parts encoded: ``path`/api/v1/schedule/${id}` ``. */
export function path(texts, ...parts) {
  return texts.reduce((whole, text, index) => whole + encodeURIComponent(parts[index - 1]) + text);
}

/** A box that says what went wrong, what to do, and under which ID; heard at once. */
export function problemBox(fault) {
  return el("div", { class: "notice bad", role: "alert" },
    el("p", {}, fault.message || "Something went wrong in this page."),
    fault.faults?.length
      ? el("ul", {}, fault.faults.map((each) => el("li", {}, [each.field, each.line && `line ${each.line}`]
        .filter(Boolean).join(", "), ": ", each.message)))
      : null,
    fault.retryAfter ? el("p", {}, `Try again in ${fault.retryAfter} s.`) : null,
    fault.requestID
      ? el("p", { class: "row small" }, el("span", {}, "Request ", el("code", { class: "request-id" }, fault.requestID)),
        el("button", { type: "button", class: "small", onclick: (event) => copy(fault.requestID, event.currentTarget) }, "Copy"))
      : null);
}

/** Shows `fault` in `place`, or takes away what is shown there for null. */
export function showProblem(place, fault) {
  fill(place, fault ? problemBox(fault) : null);
  if (fault) place.scrollIntoView?.({ block: "nearest" });
}

/** A message that goes away by itself; one that is bad stays until it is closed. */
export function toast(content, kind = "good") {
  let toasts = byID("toasts");
  if (!toasts) {
    toasts = el("div", { id: "toasts", role: "region", "aria-label": "Messages" });
    document.body.append(toasts);
  }
  const box = content instanceof Error ? problemBox(content) : el("div", { class: `notice ${kind}` }, el("p", {}, content));
  const close = el("button", { type: "button", class: "small", onclick: () => box.remove() }, "Close");
  box.append(el("div", { class: "row end" }, close));
  toasts.append(box);
  while (toasts.children.length > 4) toasts.firstChild.remove();
  if (!(content instanceof Error)) {
    announce(content);
    setTimeout(() => box.remove(), 6000);
  }
}
