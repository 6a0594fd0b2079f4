// Asking again and again for what changes, as long as somebody looks.

/** A page that nobody touches for this long asks no more: what it asks keeps the session from falling idle. */
const ATTENTION = 10 * 60 * 1000;

let lastInput = Date.now();
const waiting = new Set();

for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "focus"]) {
  window.addEventListener(kind, noticed, { passive: true, capture: true });
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) noticed(); });

function noticed() {
  const wasAttended = waiting.size === 0;
  lastInput = Date.now();
  if (!wasAttended) for (const resume of [...waiting]) resume();
}

/** Whether the page is shown and somebody has touched it of late. */
export function isAttended() {
  return !document.hidden && Date.now() - lastInput < ATTENTION;
}

/** Calls `act` at once and then about every `every` milliseconds, one call at a time; less and less often while it fails,
 *  and not at all while nobody looks. `onState` is told `live`, `failing` (with the fault) or `paused`.
 *  Answers `now()`, which calls it at once, and `stop()`. */
export function poll(act, { every = 2000, slowest = 30_000, onState = () => {} } = {}) {
  let timer = null;
  let delay = every;
  let isRunning = false;
  let isWanted = false;
  let isStopped = false;

  async function turn() {
    clearTimeout(timer);
    waiting.delete(resume);
    if (isStopped) return;
    if (isRunning) { isWanted = true; return; }
    if (!isAttended()) {
      waiting.add(resume);
      return onState("paused");
    }
    isRunning = true;
    try {
      await act();
      delay = every;
      onState("live");
    } catch (fault) {
      delay = Math.min(slowest, Math.max(delay * 2, (fault.retryAfter ?? 0) * 1000));
      // Somebody who has logged in again need not wait.
      if (fault.status === 401) document.addEventListener("session-returned", resume, { once: true });
      onState("failing", fault);
    }
    isRunning = false;
    if (isWanted) { isWanted = false; return void turn(); }
    timer = setTimeout(turn, delay * (0.9 + Math.random() * 0.2));
  }

  function resume() { turn(); }

  turn();
  return {
    now() { return turn(); },
    stop() { isStopped = true; clearTimeout(timer); waiting.delete(resume); },
  };
}
