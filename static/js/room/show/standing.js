// The standing answers of the screening, kept on the client's own phone and nowhere else: that
// nothing lasting stops them, and when they said so. The questions are asked again after 30 days.

import { STANDING_DAYS } from "../constants.js";

const KEY = "saywhen:standing";
const LASTS_MS = STANDING_DAYS * 24 * 3600 * 1000;

/** Show or hide the standing questions of the form.
 * @param {Document} doc @param {() => number} now */
export function standing(doc, now) {
  const form = /** @type {HTMLFormElement | null} */ (doc.getElementById("screening"));
  let is_sent = false;
  if (!form) return { passed() {} };
  const list = form.dataset.list ?? "";

  const known = () => {
    try {
      const saved = JSON.parse(localStorage.getItem(KEY) ?? "{}");
      return saved.list === list && now() - saved.at_ms < LASTS_MS && saved.at_ms <= now();
    } catch {
      return false;
    }
  };

  const show = (/** @type {boolean} */ is_asked) => {
    const note = doc.getElementById("standing-known");
    if (note) note.hidden = is_asked;
    for (const tick of form.querySelectorAll("[data-standing]")) {
      /** @type {HTMLElement} */ (tick).hidden = !is_asked;
    }
  };

  const keep = () => {
    try {
      localStorage.setItem(KEY, JSON.stringify({ list, at_ms: now() }));
    } catch {
      is_sent = false; // a phone that stores nothing asks each time
    }
  };

  if (known()) show(false);
  doc.getElementById("standing-ask")?.addEventListener("click", () => show(true));
  let was_asked = true;
  form.addEventListener("submit", () => {
    is_sent = true;
    was_asked = doc.getElementById("standing-known")?.hidden !== false;
  });
  return {
    /** The server says that nothing stops this client. Only a full answer starts another 30 days.
     */
    passed() {
      if (is_sent && was_asked) keep();
      is_sent = false;
    },
  };
}
