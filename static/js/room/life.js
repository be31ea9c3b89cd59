// The life of the page: seen or hidden, frozen, put by and shown again, asleep. Whatever comes back
// may hold a socket that looks open and is dead, and clocks that stood still.

import { attempt } from "../browser.js";

const JUMP_MS = 3_000; // the page slept

/** Whether people can see this page. A browser that can't tell is taken for one that shows it. */
export const is_visible = () => attempt("visibilityState", () => document.visibilityState, "visible") === "visible";

/** @param {EventTarget} target @param {string} type @param {(event: Event) => void} then */
const on = (target, type, then) => attempt("addEventListener", () => target.addEventListener(type, then, true));

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
    /** Call it with every turn. What runs on a phone may stand still while it sleeps; the wall clock
     * goes on, so what it is ahead by was slept. A step of it costs a fresh socket, nothing else. */
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
