// The only loop of the page. It paints and it beats: a visible page that does not show its newest
// picture is not live, and sends no beat. Each turn schedules the next one first.

import { attempt } from "../../browser.js";

const EVERY_MS = 100; // if frames do not come: hidden, or a browser without them
const FRESH_MS = 250; // a beat promises that the picture is no older than this
const STUCK_AFTER_MS = 2_500; // the same as for a silent server

/**
 * None of these may throw.
 * @typedef {object} Page
 * @property {() => number} now ms
 * @property {() => boolean} is_visible
 * @property {() => boolean} paint returns whether all of the newest picture is on the page
 * @property {() => string[]} alerts those in the picture that `seen` was not sent for
 * @property {(alerts: string[]) => void} shown called once a frame has shown them
 * @property {(is_live: boolean, is_stuck: boolean) => void} turn
 */

/** Start it. @param {Page} page */
export function start_loop({ now, is_visible, paint, alerts, shown, turn }) {
  let painted_at = now() - FRESH_MS; // not live before the first whole picture
  let has_frames = true;
  /** @type {string[]} The alerts of a frame that may not have reached the screen yet. */
  let drawn = [];

  const say = () => {
    if (drawn.length > 0) shown(drawn);
    drawn = [];
  };
  const look = (/** @type {boolean} */ counts) => {
    say();
    const is_whole = paint();
    // Nobody sees the picture of a hidden page, but its beats must go on: they say that it is
    // hidden.
    if ((is_whole && counts) || !is_visible()) painted_at = now();
    if (is_whole && counts && is_visible()) drawn = alerts();
    if (drawn.length > 0) attempt("setTimeout", () => setTimeout(say));
    const age_ms = now() - painted_at;
    turn(age_ms < FRESH_MS, age_ms >= STUCK_AFTER_MS);
  };
  const frame = () => {
    arm();
    look(true);
  };
  const arm = () => {
    has_frames = attempt("requestAnimationFrame", () => requestAnimationFrame(frame), 0) !== 0;
  };

  attempt("setInterval", () => setInterval(() => {
    if (!has_frames) arm();
    if (!has_frames || !is_visible() || now() - painted_at >= EVERY_MS) look(!has_frames);
  }, EVERY_MS));
  frame();
}
