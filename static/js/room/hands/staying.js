// Back asks once before it leaves a session; a second Back leaves. With hands on it asks nothing:
// the page stays, STOP stays where it is, and a line says so. Runs beside the live page and uses
// none of its scripts.

import { attempt } from "../../browser.js";
import { questions } from "./questions.js";

const STAY = "saywhen:stay";
const NOTE_MS = 4_000;

const root = /** @type {HTMLElement} */ (document.getElementById("room"));
const note = document.getElementById("still-here");
const is_seat = root.dataset.role === "client" || root.dataset.role === "partner";
// Not one of the two phones that Try it shows in one window.
const is_alone = attempt("top", () => window.top === window, true);

const is_on_entry = () => attempt("history", () => Boolean(history.state?.[STAY]), false);

/** Add a history entry of our own above the page's, so that the first Back stays on the page. */
function add_entry() {
  if (!is_seat || !is_alone || is_on_entry()) return;
  attempt("history", () => history.pushState({ [STAY]: true }, ""));
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

/** Whether there is nothing to lose by leaving: the session has ended, moved, or never came. */
const is_over = () =>
  ["ended", "connecting"].includes(root.dataset.phase ?? "")
  || root.querySelector(".away:not([hidden]), #outcome > section") !== null;

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

// htmx must never replace the live page by a stored copy of it.
document.addEventListener("htmx:before:history:restore", (event) => event.preventDefault());

if (is_seat && is_alone) {
  addEventListener("popstate", () => attempt("history", back));
  addEventListener("pageshow", (event) => {
    if (event.persisted) asked.close();
    add_entry();
  });
}
