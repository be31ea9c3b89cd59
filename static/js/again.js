// A page whose script was lost on its way would stay as it is for ever: it loads itself again, three
// times at most. Runs before all others, and needs none of them.
(() => {
  const TRIES = 3;
  const KEY = "saywhen:again";
  const count = () => {
    try {
      return Number(sessionStorage.getItem(KEY) ?? TRIES);
    } catch {
      return TRIES;
    }
  };
  const keep = (/** @type {number} */ tries) => {
    try {
      sessionStorage.setItem(KEY, String(tries));
    } catch {
      return; // then it is not tried again
    }
  };
  if (performance.getEntriesByType("navigation")[0]?.type !== "reload") keep(0);
  let is_lost = false;
  addEventListener("error", (event) => {
    if (is_lost || !(event.target instanceof HTMLScriptElement)) return;
    is_lost = true;
    const tries = count();
    if (tries >= TRIES) return;
    keep(tries + 1);
    setTimeout(() => location.reload(), 300 * 2 ** tries);
  }, true);
})();
