// Back asks once before it leaves a session; a second Back leaves. With hands on nothing is asked: the
// page stays, STOP stays where it is, and a line says so. Runs beside the live page, and needs it for nothing.

import { attempt } from "../../browser.js";
import { questions } from "./questions.js";

const STAY = "saywhen:stay";
const NOTE_MS = 4_000;

const root = /** @type {HTMLElement} */ (document.getElementById("room"));
const note = document.getElementById("still-here");
const is_seat = root.dataset.role === "client" || root.dataset.role === "partner";
const is_alone = attempt("top", () => window.top === window, true); // not one of two phones in a window

const is_on_entry = () => attempt("history", () => Boolean(history.state?.[STAY]), false);

/** An entry of our own above the page's: Back then comes to the page first. */
function add_entry() {
  if (is_seat && is_alone && !is_on_entry()) attempt("history", () => history.pushState({ [STAY]: true }, ""));
}

const asked = questions(root, add_entry);
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

function hush() {
  if (note) note.hidden = true;
}

function say_still_here() {
  if (!note) return;
  note.hidden = false;
  clearTimeout(timer);
  timer = attempt("setTimeout", () => setTimeout(hush, NOTE_MS));
}

/** Nothing is left by leaving: it has ended, is elsewhere, or never came. */
const is_over = () =>
  ["ended", "connecting"].includes(root.dataset.phase ?? "") || root.querySelector(".away:not([hidden]), #outcome > section") !== null;

function back() {
  if (is_on_entry()) asked.close();
  else if (is_over()) history.back();
  else if (asked.may_put()) {
    hush();
    asked.put("leave");
  } else {
    add_entry();
    say_still_here();
  }
}

// Nothing but the server's own page is ever put in place of the live one.
document.addEventListener("htmx:before:history:restore", (event) => event.preventDefault());

if (is_seat && is_alone) {
  addEventListener("popstate", () => attempt("history", back));
  addEventListener("pageshow", (event) => {
    if (event.persisted) asked.close();
    add_entry();
  });
}
