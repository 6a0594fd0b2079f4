// Says before a session ends that it will, and when it has ended lets people log in again without leaving the page, so
// that nothing that they typed is lost.
//
// A session has two ends: one that no use postpones, and one that comes when it is not used for a while. Every answer to
// this page is a use, and other pages of the same browser tell of theirs. Nothing here asks by itself when the idle end is
// near or over: to ask would be to use the session, and nobody would ever be logged out.
import { get, onAnswer, onUnauthenticated } from "./api.js";
import { announce, el, fill, named } from "./dom.js";

const LONGEST_WARNING = 5 * 60 * 1000;
const LONGEST_TIMER = 10 * 60 * 1000;

/** In this browser's time: the absolute end, when the session was used last, and for how long it may be idle. */
let ends = null;
let lastUse = Date.now();
let idleSpan = Infinity;
/** How long before either end is warned. */
let warning = LONGEST_WARNING;
let timer = null;
let banner = null;
let asking = null;
let user = null;
const others = "BroadcastChannel" in window ? new BroadcastChannel("fillgate-session") : null;

/** Begins to watch the session of this page. */
export function watchSession() {
  onUnauthenticated(showEnded);
  onAnswer((response) => { if (response.status !== 401 && response.status < 500) used(true); });
  others?.addEventListener("message", () => used(false));
  // Whoever comes back to a page may have logged in, or out, in another.
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  look();
}

function used(isOwn) {
  const now = Date.now();
  // Others need not hear of every request of a busy page.
  if (isOwn && now - lastUse > 1000) others?.postMessage("used");
  lastUse = now;
  if (banner?.dataset.kind === "idle") plan();
}

/** Learns when the session ends. */
function look() {
  asking ??= ask().finally(() => { asking = null; });
  return asking;
}

async function ask() {
  try {
    const response = await get("/api/v1/auth/sessions", { raw: true });
    const own = (await response.json()).sessions.find((session) => session.current);
    if (!own) return;
    // By the server's clock: this browser's may be wrong.
    const now = Date.parse(response.headers.get("Date")) || Date.now();
    const span = (from, to) => Date.parse(to) - Date.parse(from);
    ends = Date.now() + Date.parse(own.expires_at) - now;
    if (own.idle_expires_at && own.idle_expires_at !== own.expires_at) idleSpan = span(own.last_used_at, own.idle_expires_at);
    warning = Math.min(LONGEST_WARNING, span(own.created_at, own.expires_at) / 3, idleSpan / 3);
    if (banner?.dataset.kind === "ended") await welcome();
    plan();
  } catch (fault) {
    if (fault.status === 0 && !document.hidden) timer = setTimeout(look, 30_000);
  }
}

/** Shows what there is to say now, and comes back when that changes. */
function plan() {
  clearTimeout(timer);
  if (ends === null || banner?.dataset.kind === "ended") return;
  const now = Date.now();
  const idles = lastUse + idleSpan < ends;
  const left = (idles ? lastUse + idleSpan : ends) - now;
  if (left <= 0) return void showEnded();
  if (left > warning) {
    hide();
    timer = setTimeout(plan, Math.min(LONGEST_TIMER, left - warning));
  } else {
    warn(left, idles);
    timer = setTimeout(plan, Math.min(left, left > 90_000 ? 30_000 : 5_000));
  }
}

function warn(left, idles) {
  const minutes = Math.ceil(left / 60_000);
  const when = left < 60_000 ? "in less than a minute" : `in ${minutes === 1 ? "a minute" : `${minutes} minutes`}`;
  if (idles) {
    show("idle", "warn",
      el("p", {}, `You will be logged out ${when}, as nothing was done here for a while.`),
      el("div", { class: "row" }, el("button", { type: "button", class: "primary", onclick: look }, "Stay logged in")));
  } else {
    show("soon", "warn",
      el("p", {}, `You will be logged out ${when}: a session lasts only so long.`),
      el("p", { class: "small" }, "What you have typed stays on this page. Log in again in a new tab to go on without a break."),
      el("div", { class: "row" }, loginLink()));
  }
}

function showEnded() {
  clearTimeout(timer);
  show("ended", "bad",
    el("p", {}, "Your session has ended. What you have typed is still here."),
    el("p", { class: "small" }, "Log in again in the new tab, then come back to this one and repeat the last step."),
    el("div", { class: "row" }, loginLink(), el("button", { type: "button", onclick: look }, "I have logged in")));
}

/** Somebody is logged in again: goes on if it is the same as before. */
async function welcome() {
  const me = await get("/api/v1/auth/me");
  if (user && me.id !== user.id) {
    return show("ended", "bad",
      el("p", {}, "You are logged in as ", named(me.email), " now, and this page is of ", named(user.email), "."),
      el("div", { class: "row" }, el("button", { type: "button", class: "primary", onclick: () => location.reload() }, "Load it anew")));
  }
  hide();
  announce("You are logged in again");
  document.dispatchEvent(new Event("session-returned"));
}

/** Whose page this is, as `/api/v1/auth/me` tells. */
export function belongsTo(me) { user = me; }

function loginLink() {
  return el("a", { class: "button primary", href: "/login?next=/account", target: "_blank", rel: "opener" }, "Log in again");
}

function show(kind, colour, ...content) {
  const text = content.map((part) => part.textContent).join(" ");
  if (banner?.dataset.kind === kind && banner.dataset.text === text) return;
  if (!banner) {
    // Over the page, wherever that is scrolled to.
    banner = el("div", { id: "session-banner", role: "alert" });
    document.body.append(banner);
  }
  Object.assign(banner.dataset, { kind, text });
  banner.className = `notice ${colour}`;
  fill(banner, ...content);
}

function hide() {
  banner?.remove();
  banner = null;
}
