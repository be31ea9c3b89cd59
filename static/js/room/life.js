// Watches the life of the page: visible, hidden, frozen, in the back-forward cache, asleep. A page
// that comes back may hold a dead socket that looks open, and its clocks may have stood still.

import { attempt } from "../browser.js";

const JUMP_MS = 3_000; // the page slept

/** Whether people can see this page. If the browser can't tell, assume that they can. */
export const is_visible = () =>
  attempt("visibilityState", () => document.visibilityState, "visible") === "visible";

/** @param {EventTarget} target @param {string} type @param {(event: Event) => void} then */
const on = (target, type, then) =>
  attempt("addEventListener", () => target.addEventListener(type, then, true));

/**
 * @param {() => number} now ms
 * @param {{woke: (slept_ms: number) => void, seen: (visible: boolean) => void}} page
 */
export function watch_life(now, { woke, seen }) {
  let ticked_at = now();
  let wall_at = Date.now();
  const back = () => {
    seen(is_visible());
    if (is_visible()) woke(0);
  };

  on(globalThis, "pageshow", (event) => "persisted" in event && event.persisted && back());
  on(globalThis, "online", () => woke(0));
  for (const change of ["visibilitychange", "resume"]) on(document, change, back);
  for (const end of ["pagehide", "freeze"]) on(globalThis, end, () => seen(false));

  return {
    /** Notice sleep; called in every turn of the loop. A phone's steady clock may stand still while
     * it sleeps and the wall clock goes on, so the difference was slept. If instead the wall clock
     * was set, the cost is one fresh socket. */
    tick() {
      const ran_ms = now() - ticked_at;
      const slept_ms = Date.now() - wall_at - ran_ms;
      ticked_at = now();
      wall_at = Date.now();
      if (slept_ms > JUMP_MS) woke(slept_ms);
      else if (ran_ms > JUMP_MS) woke(0);
    },
  };
}
