// Finds the reason why this phone has no contact, as one word, from all that it knows. Pure. The
// words for people, with what to do, are in room/_trouble.html.

const CLOCK_OFF_MS = 5 * 60_000; // on a slow clock a new certificate is not valid yet
const SHOWS_MS = 10_000;
const RESTARTS_WITHIN_MS = 60_000;
/** @type {Partial<Record<string, string>>} */
const REFUSALS = {
  foreign_origin: "foreign_origin", no_origin: "foreign_origin",
  no_cookie: "no_cookie", no_seat: "no_cookie",
};

/** @import { CalmTap, Link, Found } from "../shapes" */

/** Return the reason. @param {Found} found @returns {string} "none" while nothing is known */
export function diagnose({ answer, is_online, is_https, clock_off_ms, is_restarting }) {
  if (answer === null) return is_restarting ? "restarting" : "none";
  if (answer.kind === "ours") return of_ours(answer);
  if (is_restarting) return "restarting";
  if (answer.kind === "foreign") return "foreign";
  if (!is_online) return "offline";
  if (is_https && clock_off_ms !== null && Math.abs(clock_off_ms) >= CLOCK_OFF_MS) return "clock";
  return "unreachable";
}

/** @param {{code: string | null, reason: string | null}} answer */
function of_ours({ code, reason }) {
  if (code === null) return "no_sockets"; // HTTP works; only the socket does not
  if (code === "no_such_room") return "gone";
  if (code === "forbidden") return REFUSALS[reason ?? ""] ?? "moved";
  return code === "restarting" ? "restarting" : code === "journal_down" ? "journal" : "unwell";
}

/** @param {CalmTap | null} calm @param {number} now */
const is_unwritten = (calm, now) =>
  calm?.reason === "journal_down" && now - (calm.refused_at ?? -Infinity) < SHOWS_MS;

/** Return the trouble to show for a link.
 * @param {Link} link @param {number} now @returns {string} */
export function trouble_of({ status, server, found, tries, bye, calm, restarting_at }, now) {
  const is_restarting = now - restarting_at < RESTARTS_WITHIN_MS;
  if (status === "open" && server) return is_unwritten(calm, now) ? "journal" : "none";
  if (bye === "reload") return "old_page";
  if (found === null) return is_restarting ? "restarting" : "none";
  const trouble = diagnose({ ...found, is_restarting });
  const may_succeed = trouble === "no_sockets" && tries <= found.tries; // the next try may
  return may_succeed ? "none" : trouble;
}

/** Return how this trouble ends the link, or null. Only the server itself can end it.
 * @param {string} trouble @returns {"gone" | "moved" | null} */
export function final_of(trouble) {
  return trouble === "gone" || trouble === "moved" ? trouble : null;
}
