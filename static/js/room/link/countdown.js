// What the clocks show: pure functions of the server's timer, the clock offset and the time now.
// When in doubt, a hold ends early, never late.

import { ASK_AFTER_MS } from "../constants.js";

/** @import { Sample, TimerTold as Timer } from "../shapes" */

const SAMPLES = 8; // the quickest of them has the least network delay in it

/** Add one exchange with the server's clock.
 * @param {Sample[]} samples @param {number} sent_ms @param {number} server_ms @param {number} now
 * @returns {Sample[]} */
export function sampled(samples, sent_ms, server_ms, now) {
  const rtt_ms = Math.max(0, now - sent_ms);
  const sample = { rtt_ms, offset_ms: server_ms - (sent_ms + now) / 2 };
  return [...samples, sample].slice(-SAMPLES);
}

/** Return the clock offset by the quickest exchange; 0 before the first.
 * @param {Sample[]} samples */
export function offset_of(samples) {
  if (samples.length === 0) return 0;
  return samples.reduce((best, one) => (one.rtt_ms < best.rtt_ms ? one : best)).offset_ms;
}

/** Return the milliseconds left, never below 0.
 * @param {Timer | null} timer @param {number} server_now */
export function remaining_ms(timer, server_now) {
  if (timer === null) return 0;
  const left = timer.ends_ms === null ? timer.remaining_ms : timer.ends_ms - server_now;
  return Math.min(timer.length_ms, Math.max(0, left));
}

/** Return the part that is left, from 1 to 0.
 * @param {Timer | null} timer @param {number} server_now */
export function ring(timer, server_now) {
  return timer && timer.length_ms > 0 ? remaining_ms(timer, server_now) / timer.length_ms : 0;
}

/** Return how long the seconds stay the same, ms. @param {Timer | null} timer
 * @param {number} server_now */
export function stays_ms(timer, server_now) {
  const left = remaining_ms(timer, server_now);
  return timer?.ends_ms == null || left <= 0 ? Infinity : left % 1000 || 1000;
}

/** Return whole seconds as people count down: 20 … 2, 1. @param {number} ms */
export function seconds(ms) {
  return Math.ceil(ms / 1000);
}

/** Return minutes and seconds. @param {number} ms */
export function clock(ms) {
  const s = seconds(ms);
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}

/** Whether the partner should ask by now. @param {Timer | null} timer @param {number} server_now */
export function is_asking(timer, server_now) {
  return (
    timer?.kind === "ask" && timer.length_ms - remaining_ms(timer, server_now) >= ASK_AFTER_MS
  );
}

/** Whether a running hold is over by this phone's own clock.
 * @param {Timer | null} timer @param {number} server_now */
export function is_over(timer, server_now) {
  return timer?.kind === "hold" && timer.ends_ms !== null && server_now >= timer.ends_ms;
}
