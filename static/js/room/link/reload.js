// A page older than its server loads itself anew: a few times, so that a server which always says so
// keeps nobody busy, and only where the server itself answers, or the page would be lost to a proxy's.

import { ask } from "../../ask.js";
import { attempt } from "../../browser.js";
import { keep, recall } from "../kept.js";

const MOST = 3;
const WITHIN_MS = 10 * 60_000;
const KEY = "loaded_anew";

/** Those of the last ten minutes. @param {string | null} saved @param {number} now @returns {number[]} */
export function recent(saved, now) {
  const times = attempt("loaded_anew", () => JSON.parse(saved ?? "[]"), []);
  return Array.isArray(times) ? times.filter((at) => now - at < WITHIN_MS && at <= now) : [];
}

/** @param {number} now ms */
export async function load_anew(now) {
  const times = recent(recall(KEY, "sessionStorage"), now);
  if (times.length >= MOST || (await ask("/healthz")).kind !== "ours") return;
  keep(KEY, JSON.stringify([...times, now]), "sessionStorage");
  attempt("reload", () => location.reload());
}
