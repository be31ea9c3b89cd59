// The only loop of the page. It paints and it beats: a visible page that does not show its newest
// picture is not live, and sends no beat. A frame is asked for when something changes, and four
// times a second, to prove that what is painted is shown: not more, because a phone lies there for
// half an hour.

import { attempt } from "../../browser.js";

const EVERY_MS = 250; // from one frame to the next
const AGAIN_MS = 100; // if a part of the picture did not come onto the page
const LATE_MS = 400; // for the next frame
const FRESH_MS = 250; // a beat promises that the picture is no older than this
const STUCK_AFTER_MS = 2_500; // the same as for a silent server

/**
 * None of these may throw.
 * @typedef {object} Page
 * @property {() => number} now ms
 * @property {() => boolean} is_visible
 * @property {() => {is_whole: boolean, stays_ms: number}} paint returns whether all of the newest
 * picture is on the page, and how long it stays true if nothing happens
 * @property {() => string[]} alerts those in the picture that `seen` was not sent for
 * @property {(alerts: string[]) => void} shown called once a frame has shown them
 * @property {(is_live: boolean, is_stuck: boolean) => void} turn
 */

/** Start it, and return what asks for a frame: call it after every change.
 * @param {Page} page @returns {() => void} */
export function start_loop({ now, is_visible, paint, alerts, shown, turn }) {
  let painted_at = now() - FRESH_MS; // not live before the first whole picture
  let asked_at = now();
  let is_asked = false;
  let has_frames = true;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {string[]} The alerts of a frame that may not have reached the screen yet. */
  let drawn = [];

  const ask = () => {
    if (is_asked) return;
    asked_at = now();
    is_asked = attempt("requestAnimationFrame", () => requestAnimationFrame(frame), 0) !== 0;
    has_frames = is_asked;
  };
  const frame = () => {
    is_asked = false;
    look(true);
  };
  const say = () => {
    if (drawn.length > 0) shown(drawn);
    drawn = [];
  };
  const look = (/** @type {boolean} */ counts) => {
    say();
    const { is_whole, stays_ms } = paint();
    // Nobody sees the picture of a hidden page, but its beats must go on: they say that it is
    // hidden.
    if ((is_whole && counts) || !is_visible()) painted_at = now();
    if (is_whole && counts && is_visible()) drawn = alerts();
    if (drawn.length > 0) attempt("setTimeout", () => setTimeout(say));
    ask_in(Math.min(is_whole ? stays_ms + 1 : AGAIN_MS, asked_at + EVERY_MS - now()));
    const age_ms = now() - painted_at;
    turn(age_ms < FRESH_MS, age_ms >= STUCK_AFTER_MS);
  };
  const ask_in = (/** @type {number} */ ms) => {
    attempt("clearTimeout", () => clearTimeout(timer));
    timer = attempt("setTimeout", () => setTimeout(ask, ms));
  };

  // Each frame asks for the next one. If the timer fails, or the frame does not come, this goes on.
  attempt("setInterval", () => setInterval(() => {
    const is_late = now() - asked_at >= LATE_MS;
    if (!has_frames || !is_visible() || (is_asked && is_late)) look(!has_frames);
    else say();
    if (is_late) ask();
  }, EVERY_MS));
  frame();
  return ask;
}
