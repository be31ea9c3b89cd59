// Keeps the screen awake where the browser lets us (https only), and says honestly whether it does.

export function make_wake() {
  /** @type {WakeLockSentinel | null} */
  let lock = null;
  let is_wanted = false;

  const ask = async () => {
    if (!is_wanted || lock || document.visibilityState !== "visible") return;
    lock = await (navigator.wakeLock?.request("screen").catch(() => null) ?? null);
    lock?.addEventListener("release", () => {
      lock = null;
    });
  };
  document.addEventListener("visibilitychange", ask);

  return {
    unlock() {
      is_wanted = true;
      ask();
    },
    is_awake: () => lock !== null,
  };
}
