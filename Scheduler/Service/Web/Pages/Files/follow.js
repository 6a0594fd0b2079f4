// What runs, as it is told by its event stream.
import { get } from "./api.js";
import { isFinal } from "./strategies.js";

const AGAIN_AFTER = 2000;
const LONGEST_PAUSE = 30_000;

/** Follows the schedule or the comparison whose address in the API is `address`: calls `onState` with each of its states until
 *  one is final, and `onTrouble` with a fault, or with null once it is over. A hidden page lets its stream go, for browsers
 *  have few connections. Returns what stops it. */
export function follow(address, { onState, onTrouble = () => {} }) {
  let source = null;
  let timer = null;
  let pause = AGAIN_AFTER;
  let isOver = false;

  function open() {
    close();
    if (isOver || document.hidden) return;
    source = new EventSource(`${address}/events`);
    const take = (event) => {
      pause = AGAIN_AFTER;
      onTrouble(null);
      tell(JSON.parse(event.data));
    };
    source.addEventListener("status", take);
    source.addEventListener("progress", take);
    source.addEventListener("end", (event) => {
      if (JSON.parse(event.data).reason === "deleted") return void look();
      if (!isOver) later();
    });
    source.addEventListener("error", () => { later(); });
  }

  function tell(state) {
    if (isOver) return;
    onState(state);
    if (isFinal(state.status)) stop();
  }

  /** Comes back by itself: it has to be seen first whether the schedule is still there, and whose session this is. */
  function later() {
    close();
    clearTimeout(timer);
    if (!isOver) timer = setTimeout(look, pause);
    pause = Math.min(LONGEST_PAUSE, pause * 1.5);
  }

  async function look() {
    if (isOver || document.hidden) return;
    try {
      const found = await get(address);
      onTrouble(null);
      if (isFinal(found.status)) return tell({ ...found, progress: 1, best_makespan: found.best_makespan ?? found.makespan });
      open();
    } catch (fault) {
      onTrouble(fault);
      if (fault.status === 404) stop(); else later();
    }
  }

  function close() {
    source?.close();
    source = null;
  }

  function seen() {
    if (document.hidden) close(); else look();
  }

  function stop() {
    isOver = true;
    close();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", seen);
  }

  document.addEventListener("visibilitychange", seen);
  open();
  return stop;
}
