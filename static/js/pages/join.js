// Sends the key that stands behind `#` in the address: browsers never send that part. The key stays
// in the address until our own server has answered. A reload or a second try sends the same claim,
// so that a lost answer costs nobody the seat.

import { ask } from "../ask.js";
import { attempt } from "../browser.js";

const AGAIN_MS = 1_000;
const PARTS = [
  "joining", "used-up", "no-answer", "in-between", "unwell", "wrong-address", "no-cookies",
  "try-again", "in-session",
];
/** @type {Partial<Record<string, string>>} */
const BY_REASON = { foreign_origin: "wrong-address", no_origin: "wrong-address" };
/** @import { Foreign } from "../answer.js" */

const key = location.hash.slice(1);
/** @type {number | undefined} */
let timer;
let is_asking = false;
/** @type {string[]} The sessions that the person agreed to leave. */
let leave = [];

/** Return the claim of this page and its reloads. It is stored in the history entry alone. */
function own_claim() {
  const known = attempt("history.state", () => history.state?.claim, null);
  const claim = typeof known === "string" ? known : attempt("getRandomValues", random, null);
  attempt("replaceState", () => history.replaceState({ claim }, ""));
  return claim;
}

function random() {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}

/** Return where the server's answer sends this phone, or null. @param {Foreign} body */
function place_of(body) {
  if (typeof body?.knock === "string") return `/knock/${body.knock}`;
  const role = /** @type {Foreign} */ (body?.seat)?.role;
  return typeof role === "string" ? `/room/${body?.room}/${role}` : null;
}

/** Send the key, after a harmless request: another program in the server's place must not get it.
 */
async function bring() {
  const alive = await ask("/healthz");
  if (alive.kind !== "ours") return alive;
  const claim = own_claim();
  const body = JSON.stringify({ key, asks: true, leave, ...(claim ? { claim } : {}) });
  const headers = { "content-type": "application/json" };
  const is_expected = (/** @type {Foreign} */ answer) => place_of(answer) !== null;
  return ask("/api/join", { method: "POST", headers, body }, is_expected);
}

async function join() {
  if (is_asking) return;
  is_asking = true;
  clearTimeout(timer);
  if (timer === undefined) show("joining");
  const { kind, code, status, reason, body } = await bring();
  const place = place_of(body), why = BY_REASON[reason ?? ""];
  is_asking = false;
  if (kind === "ours" && code === null) go(place ?? "/");
  else if (kind !== "ours") fail(kind === "foreign" ? "in-between" : "no-answer");
  else if (code === "in_session") ask_first();
  else if (why) show(why, "try-again");
  else if (status >= 500 || status === 429) fail("unwell");
  else refuse();
}

/** @param {string} place */
function go(place) {
  const leaves = leave.length > 0 && place.startsWith("/knock/");
  const left = leaves ? `?${new URLSearchParams(leave.map((one) => ["leave", one]))}` : "";
  location.replace(`${place}${left}`);
}

/** This browser is in another session, so the key was not used yet: offer to leave it. */
function ask_first() {
  const button = document.getElementById("leave-and-join");
  if (!button) {
    location.reload(); // that session began after this page was made
    return;
  }
  show("in-session");
  button.hidden = false;
  button.addEventListener("click", leave_and_join, { once: true });
}

/** @param {Event} event */
function leave_and_join(event) {
  const { leave: named } = /** @type {HTMLElement} */ (event.currentTarget).dataset;
  leave = (named ?? "").trim().split(/\s+/);
  join();
}

/** Called only when the server itself says that the key is used up. */
function refuse() {
  attempt("replaceState", () => history.replaceState(null, "", location.pathname));
  show("used-up");
}

/** @param {string} why */
function fail(why) {
  show(why, "try-again");
  timer = setTimeout(join, AGAIN_MS);
}

/** @param {string[]} shown */
function show(...shown) {
  for (const id of PARTS) {
    const element = document.getElementById(id);
    if (element) element.hidden = !shown.includes(id);
  }
}

const has_cookies = attempt("cookieEnabled", () => navigator.cookieEnabled, true);
if (key && !has_cookies) show("no-cookies");
else if (key) {
  document.getElementById("try-again")?.addEventListener("click", join);
  addEventListener("online", join);
  join();
}
addEventListener("hashchange", () => location.reload()); // another link in the same tab
