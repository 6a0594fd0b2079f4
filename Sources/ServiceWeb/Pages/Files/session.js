// Says before a session ends that it will, and when it has ended lets people log in again without leaving the page, so
// that nothing that they typed is lost.
import { get, onAnswer, onUnauthenticated } from "./api.js";
import { announce, el, fill } from "./dom.js";

const WARN_BEFORE = 5 * 60 * 1000;
const LONGEST_TIMER = 60 * 60 * 1000;

let endsAt = null;
let timer = null;
let banner = null;
let asking = null;

/** Begins to watch the session of this page. */
export function watchSession() {
  onUnauthenticated(() => showEnded());
  onAnswer(() => { if (banner?.dataset.kind === "ended") return; later(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  look();
}

/** Learns when the session ends; every answer that comes meanwhile may have moved the idle end, so it asks anew. */
async function look() {
  if (asking) return asking;
  asking = (async () => {
    try {
      const { sessions } = await get("/api/v1/auth/sessions");
      const own = sessions.find((session) => session.current);
      endsAt = own ? Date.parse(own.expires_at) : null;
      if (banner?.dataset.kind === "ended") hide();
      plan();
    } catch (fault) {
      if (fault.status === 0) later();
    } finally {
      asking = null;
    }
  })();
  return asking;
}

let delayed = null;
function later() {
  if (delayed) return;
  delayed = setTimeout(() => { delayed = null; plan(); }, 30_000);
}

function plan() {
  clearTimeout(timer);
  if (endsAt === null) return;
  const left = endsAt - Date.now();
  if (left <= 0) return void look();
  if (left <= WARN_BEFORE) warn(left);
  else if (banner?.dataset.kind === "soon") hide();
  timer = setTimeout(look, Math.min(LONGEST_TIMER, left > WARN_BEFORE ? left - WARN_BEFORE : Math.min(left, 30_000)));
}

function warn(left) {
  const minutes = Math.max(1, Math.round(left / 60000));
  show("soon", "warn",
    el("p", {}, `You will be logged out in ${minutes === 1 ? "a minute" : `${minutes} minutes`}.`),
    el("p", { class: "small" }, "What you have typed stays on this page. Log in again in a new tab to go on without a break."),
    el("div", { class: "row" }, loginLink()));
}

function showEnded() {
  show("ended", "bad",
    el("p", {}, "Your session has ended. What you have typed is still here."),
    el("p", { class: "small" }, "Log in again in the new tab, then come back to this one and repeat the last step."),
    el("div", { class: "row" }, loginLink(),
      el("button", { type: "button", onclick: look }, "I have logged in")));
}

function loginLink() {
  return el("a", { class: "button primary", href: "/login?next=/account", target: "_blank", rel: "opener" }, "Log in again");
}

function show(kind, colour, ...content) {
  if (!banner) {
    banner = el("div", { id: "session-banner", role: "alert" });
    document.querySelector("main")?.prepend(banner);
  }
  if (banner.dataset.kind !== kind) announce(content[0].textContent);
  banner.dataset.kind = kind;
  banner.className = `notice ${colour}`;
  fill(banner, ...content);
}

function hide() {
  banner?.remove();
  banner = null;
}

