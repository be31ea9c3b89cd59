// The key behind `#` reaches no server by itself: this brings it. It is kept, in the address, until our
// own server has said what became of it; a reload or a second try brings the same claim with it, so
// that an answer which was lost costs nobody the seat.

import { ask } from "../ask.js";
import { attempt } from "../browser.js";

const AGAIN_MS = 1_000;
const PARTS = ["joining", "used-up", "no-answer", "in-between", "unwell", "wrong-address", "no-cookies", "try-again", "in-session"];
/** @type {Partial<Record<string, string>>} */
const BY_REASON = { foreign_origin: "wrong-address", no_origin: "wrong-address" };
/** @import { Foreign } from "../answer.js" */

const key = location.hash.slice(1);
/** @type {number | undefined} */
let timer;
let is_asking = false;
/** @type {string[]} The sessions whose leaving was answered with yes. */
let leave = [];

/** The same for this page and its reloads: it stands in the entry of the history, and nowhere else. */
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

/** Where this phone is to go, by the server's answer, or null. @param {Foreign} body */
function place_of(body) {
  if (typeof body?.knock === "string") return `/knock/${body.knock}`;
  const role = /** @type {Foreign} */ (body?.seat)?.role;
  return typeof role === "string" ? `/room/${body?.room}/${role}` : null;
}

/** First something harmless: whoever answers in place of the server shall not get the key. */
async function bring() {
  const alive = await ask("/healthz");
  if (alive.kind !== "ours") return alive;
  const claim = own_claim();
  const body = JSON.stringify({ key, asks: true, leave, ...(claim ? { claim } : {}) });
  return ask("/api/join", { method: "POST", headers: { "content-type": "application/json" }, body }, (answer) => place_of(answer) !== null);
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

/** This browser is in another session: the key is not used yet. */
function ask_first() {
  const button = document.getElementById("leave-and-join");
  if (!button) {
    location.reload(); // it has begun since this page was made
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

/** Only the server itself says that a key is used up. */
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

if (key && attempt("cookieEnabled", () => navigator.cookieEnabled, true) === false) show("no-cookies");
else if (key) {
  document.getElementById("try-again")?.addEventListener("click", join);
  addEventListener("online", join);
  join();
}
addEventListener("hashchange", () => location.reload()); // another link in the same tab
