// Keeps the screen awake where the browser lets us, and says honestly whether it does. Without a wake
// lock (plain http) a tiny silent video plays: WebKit keeps the screen on only for one that has a sound
// track, is unmuted and has no `loop`, so it goes back by itself. It is no promise: `is_awake` stays no.

import { attempt, within } from "../../browser.js";
import { is_visible } from "../life.js";

const ASK_EVERY_MS = 5_000;
const ANSWERS_WITHIN_MS = 10_000;
const BACK_AT_S = 2; // of four: a slow phone must not reach the end

/** Of a page that has none: nothing is done, nothing promised. */
export const UNKEPT = { unlock() {}, look() {}, is_awake: () => false };

/** @param {HTMLVideoElement | null} video @param {() => number} now ms */
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
    const got = await within("wakeLock", ANSWERS_WITHIN_MS, () => navigator.wakeLock?.request("screen"), null);
    is_asking = false;
    const is_told = attempt("release", () => got?.addEventListener("release", () => {
      if (lock === got) lock = null;
    }) ?? true, false);
    lock = is_told ? got : null; // of a lock that can't tell when it goes nothing is known
    if (lock) attempt("video", () => video?.pause());
  };

  const play = () => {
    const is_playing = attempt("video", () => !video?.paused, true);
    if (lock || is_playing || (has_lock() && asked_at === -Infinity)) return;
    attempt("video", () => video?.play()?.catch(() => {})); // it is not what the page promises: the next tap tries again
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
