// A wide screen is a laptop that is in the room already: it shows both squares by itself.
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("squares"));
const WIDE = "(min-width: 60rem)";

// htmx takes the form over once the page is ready, and only then it is sent in the background.
addEventListener("load", () => {
  if (form && matchMedia(WIDE).matches) setTimeout(() => form.requestSubmit());
});
