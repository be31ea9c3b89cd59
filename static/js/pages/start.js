// After Back the browser restores what was typed and ticked: then the total time is fetched again.

import { attempt } from "../browser.js";

const form = /** @type {HTMLFormElement | null} */ (document.getElementById("choice"));

const is_other = (/** @type {HTMLInputElement} */ field) =>
  "defaultChecked" in field && /checkbox|radio/.test(field.type)
    ? field.checked !== field.defaultChecked
    : field.value !== field.defaultValue;

function work_out() {
  form?.dispatchEvent(new Event("change", { bubbles: true }));
}

addEventListener("pageshow", (event) => {
  const fields = [...(form?.querySelectorAll("input") ?? [])];
  if (event.persisted || fields.some(is_other)) attempt("setTimeout", () => setTimeout(work_out));
});
