// Keeps the screen awake if the browser lets us, and says honestly whether it does. Without a wake
// lock (plain http) a tiny silent video plays. WebKit keeps the screen on only for a video that has
// a sound track, is unmuted and has no `loop`, so this jumps back by itself. The video is no
// guarantee, so `is_awake` stays false.

import { attempt, within } from "../../browser.js";
import { is_visible } from "../life.js";

const ASK_EVERY_MS = 5_000;
const ANSWERS_WITHIN_MS = 10_000;
const BACK_AT_S = 2; // of four, so that even a slow phone never reaches the end

/** Used if this fails to start: it does nothing and promises nothing. */
export const UNKEPT = { unlock() {}, look() {}, is_awake: () => false };

/** Keep the screen awake from the first tap on.
 * @param {HTMLVideoElement | null} video @param {() => number} now ms */
export function make_wake(video, now) {
  attempt("video", () => video && (video.disablePictureInPicture = true));
  /** @type {WakeLockSentinel | null} */
  let lock = null;
  let is_wanted = false;
  let is_asking = false;
  let asked_at = -Infinity;

  const ask = async () => {
    if (!is_wanted || lock || is_asking || !is_visible()) return;
    is_asking = true;
    asked_at = now();
    const request = () => navigator.wakeLock?.request("screen");
    const got = await within("wakeLock", ANSWERS_WITHIN_MS, request, null);
    is_asking = false;
    const is_told = attempt("release", () => got?.addEventListener("release", () => {
      if (lock === got) lock = null;
    }) ?? true, false);
    lock = is_told ? got : null; // a lock that can't tell when it is released is not trusted
    if (lock) attempt("video", () => video?.pause());
  };

  const play = () => {
    const is_playing = attempt("video", () => !video?.paused, true);
    if (lock || is_playing || (has_lock() && asked_at === -Infinity)) return;
    // A failure is ignored: nothing was promised, and the next tap tries again.
    attempt("video", () => video?.play()?.catch(() => {}));
  };
  const has_lock = () => attempt("wakeLock", () => Boolean(navigator.wakeLock), false);

  attempt("video", () => video?.addEventListener("timeupdate", () => attempt("video", () => {
    if (video.currentTime >= BACK_AT_S) video.currentTime = 0;
  })));
  attempt("addEventListener", () => document.addEventListener("visibilitychange", () => {
    ask();
    if (is_wanted && is_visible()) play();
  }));

  return {
    /** Called in a tap: browsers allow it only there. */
    unlock() {
      is_wanted = true;
      play();
      ask();
    },
    /** Called often: a lock may be released while the page is visible. */
    look() {
      if (now() - asked_at >= ASK_EVERY_MS) ask();
    },
    is_awake: () => lock !== null,
  };
}
