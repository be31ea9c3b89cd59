// Why this phone has no contact, and so what to do: one word, from all that it knows. Pure; the words
// that people read stand in the page (room/_trouble.html).

const CLOCK_OFF_MS = 5 * 60_000; // a certificate made a moment ago is not valid yet on a slow clock
const SHOWS_MS = 10_000;
const RESTARTS_WITHIN_MS = 60_000;
/** @type {Partial<Record<string, string>>} */
const REFUSALS = {
  foreign_origin: "foreign_origin", no_origin: "foreign_origin", no_cookie: "no_cookie", no_seat: "no_cookie",
};

/** @import { CalmTap, Link, Found } from "../shapes" */

/** @param {Found} found @returns {string} none where nothing is known yet */
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
  if (code === null) return "no_sockets"; // HTTP is well, and only the socket is not
  if (code === "no_such_room") return "gone";
  if (code === "forbidden") return REFUSALS[reason ?? ""] ?? "moved";
  return code === "restarting" ? "restarting" : code === "journal_down" ? "journal" : "unwell";
}

/** @param {CalmTap | null} calm @param {number} now */
const is_unwritten = (calm, now) =>
  calm?.reason === "journal_down" && now - (calm.refused_at ?? -Infinity) < SHOWS_MS;

/** What stands on the screen of a link. @param {Link} link @param {number} now @returns {string} */
export function trouble_of({ status, server, found, tries, bye, calm, restarting_at }, now) {
  const is_restarting = now - restarting_at < RESTARTS_WITHIN_MS;
  if (status === "open" && server) return is_unwritten(calm, now) ? "journal" : "none";
  if (bye === "reload") return "old_page";
  if (found === null) return is_restarting ? "restarting" : "none";
  const trouble = diagnose({ ...found, is_restarting });
  return trouble === "no_sockets" && tries <= found.tries ? "none" : trouble; // the next try may do
}

/** Whether that is the end of this link: only the server itself says so.
 * @param {string} trouble @returns {"gone" | "moved" | null} */
export function final_of(trouble) {
  return trouble === "gone" || trouble === "moved" ? trouble : null;
}
