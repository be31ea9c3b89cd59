// A wide screen is a laptop that is in the room already: it shows both squares by itself, and they
// take the routine that is chosen beside them.

import { attempt } from "../browser.js";

const WIDE = "(min-width: 60rem)";
const squares = document.getElementById("squares");
const routine = document.querySelector("#begin [name=routine]");

function show_squares() {
  const is_wide = attempt("matchMedia", () => matchMedia(WIDE).matches, false);
  if (is_wide) squares?.dispatchEvent(new CustomEvent("saywhen:squares"));
}

// htmx takes the squares over once the page is ready, and only then they are asked for in the background.
addEventListener("load", () => attempt("setTimeout", () => setTimeout(show_squares)));
routine?.addEventListener("change", show_squares);

// What was put by shows what this browser was in then.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
