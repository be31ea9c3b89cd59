// Which move of the warm-up this phone shows. Each move has an equal share of the time; skipping
// one brings the later ones forward. Pure.

export const MOVES = 5;

/** @import { TimerTold } from "../shapes" */
/** @typedef {Pick<TimerTold, "kind" | "length_ms"> | null} Timer */

/** Return the move, and how long it lasts yet.
 * @param {Timer} timer @param {number} left_ms of the warm-up @param {number} skipped_ms
 * @returns {{move: string, left_ms: number}} `move` counts from 0, or is "done" or "none"
 */
export function move_of(timer, left_ms, skipped_ms) {
  if (timer?.kind !== "warm_up") return { move: "none", left_ms: 0 };
  const each_ms = timer.length_ms / MOVES;
  const at_ms = timer.length_ms - left_ms + skipped_ms;
  const move = Math.floor(at_ms / each_ms);
  if (left_ms <= 0 || move >= MOVES) return { move: "done", left_ms: 0 };
  return { move: String(move), left_ms: (move + 1) * each_ms - at_ms };
}

/** Return how much time is skipped once one more move is.
 * @param {Timer} timer @param {number} left_ms @param {number} skipped_ms */
export function skip_move(timer, left_ms, skipped_ms) {
  return skipped_ms + move_of(timer, left_ms, skipped_ms).left_ms;
}
