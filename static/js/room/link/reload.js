// Reloads a page that is older than its server. Only a few times, in case the server always says
// so, and only if our own server answers: otherwise the page would be replaced by a proxy's.

import { ask } from "../../ask.js";
import { attempt } from "../../browser.js";
import { keep, recall } from "../kept.js";

const MOST = 3;
const WITHIN_MS = 10 * 60_000;
const KEY = "loaded_anew";

/** Return the reloads of the last ten minutes.
 * @param {string | null} saved @param {number} now @returns {number[]} */
export function recent(saved, now) {
  const times = attempt("loaded_anew", () => JSON.parse(saved ?? "[]"), []);
  return Array.isArray(times) ? times.filter((at) => now - at < WITHIN_MS && at <= now) : [];
}

/** Reload this page, if it may. @param {number} now ms */
export async function load_anew(now) {
  const times = recent(recall(KEY, "sessionStorage"), now);
  if (times.length >= MOST || (await ask("/healthz")).kind !== "ours") return;
  keep(KEY, JSON.stringify([...times, now]), "sessionStorage");
  attempt("reload", () => location.reload());
}
