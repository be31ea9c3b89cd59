// Speaks words that stand in the page, one utterance at a time. queue.js decides which and when,
// and is told what became of each. Words are never the only sign: without a voice, tones carry the
// meaning.

import { attempt } from "../../browser.js";

const NORMAL = 1; // the system's normal rate
/** @type {Record<string, number>} */
const RATES = { slow: 0.8, normal: NORMAL, fast: 1.25 };

/** @typedef {(type: "started" | "ended" | "failed", n: number) => void} Tell */

/** @param {Document} doc @param {Tell} tell */
export function make_voice(doc, tell) {
  const synth = attempt("speechSynthesis", () => globalThis.speechSynthesis);
  const lang = attempt("lang", () => doc.documentElement.lang, "en");
  /** @type {SpeechSynthesisVoice | undefined} */
  let voice;
  let is_there = false;
  let is_unlocked = false;
  let speaking = 0;

  /** Choose a voice; they load late. A local one needs no network. */
  const choose = () => {
    const voices = attempt("getVoices", () => [...synth?.getVoices() ?? []], []);
    const is_ours = (/** @type {SpeechSynthesisVoice} */ v) =>
      v.lang.replace("_", "-").toLowerCase().startsWith(lang.toLowerCase());
    const ours = voices.filter(is_ours);
    const local = ours.filter((v) => v.localService);
    voice = local.find((v) => v.default) ?? local[0] ?? ours[0];
    is_there = voices.length > 0;
  };
  choose();
  attempt("voiceschanged", () => synth?.addEventListener?.("voiceschanged", choose));

  const words = (/** @type {string} */ key) => attempt("words", () => {
    const template = /** @type {HTMLTemplateElement | null} */ (doc.getElementById("words"));
    return template?.content.querySelector(`[data-say="${key}"]`)?.textContent?.trim();
  }, "");

  const is_busy = () => attempt("speaking", () => synth?.speaking || synth?.pending, false);

  return {
    /** Whether this browser can speak at all, and has a voice to do it with. */
    can: () => Boolean(synth),
    is_there() {
      if (!is_there) choose(); // not every browser tells when they have loaded
      return is_there;
    },
    has: (/** @type {string} */ key) => words(key) !== "",
    /** iOS needs one utterance inside a tap. */
    unlock() {
      if (!synth || is_unlocked || is_busy()) return;
      is_unlocked = true;
      attempt("speak", () => {
        const nothing = new SpeechSynthesisUtterance(" ");
        nothing.volume = 0;
        synth.speak(nothing);
      });
    },
    speak(/** @type {number} */ n, /** @type {string} */ key, /** @type {string} */ pace) {
      speaking = n;
      /** @param {Parameters<Tell>[0]} type */
      const told = (type) => () => speaking === n && tell(type, n);
      const is_asked = attempt("speak", () => {
        if (!synth) return false;
        const utterance = new SpeechSynthesisUtterance(words(key));
        utterance.lang = voice?.lang ?? lang;
        if (voice) utterance.voice = voice;
        utterance.rate = RATES[pace] ?? NORMAL;
        utterance.onstart = told("started");
        utterance.onend = told("ended");
        utterance.onerror = told("failed");
        synth.speak(utterance);
        return true;
      }, false);
      if (!is_asked) told("failed")();
    },
    cancel() {
      speaking = 0;
      if (is_busy()) attempt("cancel", () => synth?.cancel());
    },
  };
}
