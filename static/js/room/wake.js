// Keeps the screen awake where the browser lets us, and says honestly whether it does. Without a wake
// lock (plain http) a tiny silent video plays: WebKit keeps the screen on only for one that has a sound
// track, is unmuted and has no `loop`, so it goes back by itself. It is no promise: `is_awake` stays no.

const ASK_EVERY_MS = 5_000;
const BACK_AT_S = 2; // of four: a slow phone must not reach the end

/** @param {HTMLVideoElement | null} video @param {() => number} now ms */
export function make_wake(video, now) {
  if (video) video.disablePictureInPicture = true;
  /** @type {WakeLockSentinel | null} */
  let lock = null;
  let is_wanted = false;
  let is_asking = false;
  let asked_at = -Infinity;

  const ask = async () => {
    if (!is_wanted || lock || is_asking || document.visibilityState !== "visible") return;
    is_asking = true;
    asked_at = now();
    const got = await (navigator.wakeLock?.request("screen").catch(() => null) ?? null);
    is_asking = false;
    lock = got;
    lock?.addEventListener("release", () => {
      if (lock === got) lock = null;
    });
    if (lock) video?.pause();
  };

  const play = () => {
    if (lock || !video?.paused || (navigator.wakeLock && asked_at === -Infinity)) return;
    video.play().catch(() => {}); // it is not what the page promises: the next tap tries again
  };

  video?.addEventListener("timeupdate", () => {
    if (video.currentTime >= BACK_AT_S) video.currentTime = 0;
  });
  document.addEventListener("visibilitychange", () => {
    ask();
    if (is_wanted && document.visibilityState === "visible") play();
  });

  return {
    /** In a tap. */
    unlock() {
      is_wanted = true;
      play();
      ask();
    },
    /** Call it often: a lock may go while the page is seen. */
    look() {
      if (now() - asked_at >= ASK_EVERY_MS) ask();
    },
    is_awake: () => lock !== null,
  };
}
