// One voice, one queue: the more severe first, a newer message in place of an older of its kind.
// The words are in the page; where the browser has no voice, tones carry the meaning.

const WATCH_MS = 6_000;

/** @typedef {{key: string, kind: string, severity: number}} Spoken */

/** @param {Document} doc */
export function make_voice(doc) {
  const synth = globalThis.speechSynthesis;
  /** @type {Spoken[]} */
  let queue = [];
  /** @type {Spoken | null} */
  let current = null;
  let watchdog = 0;
  let pause = 0;

  const words = (/** @type {string} */ key) => {
    const template = /** @type {HTMLTemplateElement | null} */ (doc.getElementById("words"));
    return template?.content.querySelector(`[data-say="${key}"]`)?.textContent?.trim() ?? "";
  };

  const next = () => {
    clearTimeout(watchdog);
    clearTimeout(pause);
    pause = 0;
    current = queue.shift() ?? null;
    if (!current || !synth) return;
    const utterance = new SpeechSynthesisUtterance(words(current.key));
    utterance.lang = doc.documentElement.lang;
    const local = synth.getVoices().find((v) => v.localService && v.lang.startsWith(utterance.lang));
    if (local) utterance.voice = local;
    const mine = current;
    const done = () => {
      if (current === mine) next();
    };
    utterance.onend = utterance.onerror = done;
    watchdog = setTimeout(done, WATCH_MS);
    synth.speak(utterance);
  };

  return {
    /** Whether this browser can speak: voices load late, so ask again. */
    state: () => (synth && synth.getVoices().length > 0 ? "yes" : "no"),
    /** iOS needs one utterance inside a tap. */
    unlock() {
      if (synth && !synth.speaking) synth.speak(new SpeechSynthesisUtterance(" "));
    },
    /** @param {Spoken} spoken */
    say(spoken) {
      if (!synth || words(spoken.key) === "") return;
      queue = queue.filter((q) => q.kind !== spoken.kind && q.severity >= spoken.severity);
      queue.push(spoken);
      queue.sort((a, b) => b.severity - a.severity);
      if (current && (spoken.severity > current.severity || spoken.kind === current.kind)) {
        current = null;
        synth.cancel();
        pause = setTimeout(next, 60); // cancel and speak in one turn can drop the words
      } else if (!current && pause === 0) next();
    },
  };
}
