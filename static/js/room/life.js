// The life of the page: seen or hidden, frozen, put by and shown again, asleep. Whatever comes back
// may hold a socket that looks open and is dead, and clocks that stood still.

const JUMP_MS = 3_000; // the page slept

/**
 * @param {() => number} now ms
 * @param {{woke: (slept_ms: number) => void, seen: (visible: boolean) => void}} page
 */
export function watch_life(now, { woke, seen }) {
  let ticked_at = now();
  let wall_at = Date.now();
  const is_seen = () => document.visibilityState === "visible";
  const back = () => {
    seen(is_seen());
    if (is_seen()) woke(0);
  };

  addEventListener("pageshow", (event) => event.persisted && back());
  addEventListener("online", () => woke(0));
  document.addEventListener("visibilitychange", back);
  document.addEventListener("resume", back);
  for (const end of ["pagehide", "freeze"]) addEventListener(end, () => seen(false), true);

  return {
    /** Call it with every tick. What runs on a phone may stand still while it sleeps; the wall clock
     * goes on, so what it is ahead by was slept. A step of it costs a fresh socket, nothing else. */
    tick() {
      const ran_ms = now() - ticked_at;
      const slept_ms = Date.now() - wall_at - ran_ms;
      ticked_at = now();
      wall_at = Date.now();
      if (slept_ms > JUMP_MS) woke(slept_ms);
      else if (ran_ms > JUMP_MS) woke(0);
    },
    is_seen,
  };
}
