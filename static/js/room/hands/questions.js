// Questions before a session is ended or left: the answer is a second tap, in another place. The
// question stands in the door and closes when the screen changes. STOP, EASE and PAIN never wait
// for one.

import { attempt } from "../../browser.js";

const DEAF_MS = 350; // so that the second tap of a double tap answers nothing

/** Listen for what asks a question, and for its answer.
 * @param {HTMLElement} root @param {() => void} on_closed */
export function questions(root, on_closed) {
  const all = /** @type {HTMLElement | null} */ (root.querySelector("#asks"));
  /** @type {HTMLElement | null} */
  let open = null;
  /** @type {HTMLElement | null} What had the focus before. */
  let came_from = null;

  const close = () => {
    if (!open) return;
    const had_focus = open.contains(document.activeElement);
    open.hidden = true;
    open = null;
    if (had_focus) came_from?.focus({ preventScroll: true });
    on_closed();
  };

  const put = (/** @type {string} */ name, by_keys = false) => {
    const question = /** @type {HTMLElement | null} */ (all?.querySelector(`#ask-${name}`) ?? null);
    if (!question || question === open) return;
    if (open) open.hidden = true;
    open = question;
    question.hidden = false;
    came_from = by_keys ? /** @type {HTMLElement} */ (document.activeElement) : null;
    // Keys act on what has the focus: that is the answer that changes nothing.
    if (!by_keys) be_deaf(question);
    else focus(question.querySelector("[data-answer]"));
  };

  root.addEventListener("click", (event) => {
    const on = /** @type {HTMLElement} */ (event.target);
    const asked = /** @type {HTMLElement | null} */ (on.closest("[data-asks]"));
    if (asked) put(asked.dataset.asks ?? "", event.detail === 0);
    else if (on.closest("[data-answer]")) close();
  });
  attempt("MutationObserver", () => {
    const watch = new MutationObserver(close);
    watch.observe(root, { attributes: true, attributeFilter: ["data-phase", "data-lost"] });
    if (all) watch.observe(all, { attributes: true, attributeFilter: ["hidden"] });
  });
  return { put, close, may_put: () => Boolean(all && !all.hidden && root.dataset.lost !== "yes") };
}

/** @param {Element | null} answer */
function focus(answer) {
  if (answer instanceof HTMLElement) answer.focus({ preventScroll: true });
}

/** Take no answer for a moment. @param {HTMLElement} question */
function be_deaf(question) {
  for (const button of question.querySelectorAll("button")) {
    if (!button.dataset.tap) continue;
    const listen = () => {
      button.disabled = false;
    };
    button.disabled = true;
    if (attempt("setTimeout", () => setTimeout(listen, DEAF_MS)) === undefined) listen();
  }
}
