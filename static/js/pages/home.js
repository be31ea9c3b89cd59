// A wide screen is a laptop in the room: it shows both squares without being asked. Choosing
// another routine beside them makes new ones.

import { attempt } from "../browser.js";

const WIDE = "(min-width: 60rem)";
const squares = document.getElementById("squares");
const routine = document.querySelector("#begin [name=routine]");

function show_squares() {
  const is_wide = attempt("matchMedia", () => matchMedia(WIDE).matches, false);
  if (is_wide) squares?.dispatchEvent(new CustomEvent("saywhen:squares"));
}

// Wait until htmx has taken over the squares: only then are they fetched in the background.
addEventListener("load", () => attempt("setTimeout", () => setTimeout(show_squares)));
routine?.addEventListener("change", show_squares);

// A page from the back-forward cache may show a session that has ended since.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
