// What a browser lends to what is heard: tones and words, each noted as it sounds.

const TONED = [], SPOKEN = [];
let HUSHED = 0, CANCELLED = 0, AUDIO_STATE = "suspended";

const gain_node = () => ({
  connect: (to) => to,
  gain: { setValueAtTime() {}, linearRampToValueAtTime() {}, setTargetAtTime() { HUSHED += 1; } },
});
AudioContext = class {
  destination = {};
  get state() { return AUDIO_STATE; }
  get currentTime() { return NOW / 1000; }
  resume() { AUDIO_STATE = "running"; return Promise.resolve(); }
  close() { AUDIO_STATE = "closed"; return Promise.resolve(); }
  createGain() { return gain_node(); }
  createPeriodicWave() { return {}; }
  createOscillator() {
    const note = { from: 0, to: 0, at: 0 };
    return {
      setPeriodicWave() {},
      frequency: { setValueAtTime(hz) { note.from = hz; }, linearRampToValueAtTime(hz) { note.to = hz; } },
      connect: (to) => to,
      start(at) { TONED.push({ ...note, at: Math.round(1000 * at) }); },
      stop() {},
    };
  }
};

SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
const speechSynthesis = {
  speaking: false, pending: false,
  getVoices: () => [{ lang: "en-GB", localService: true, default: true }],
  speak(one) {
    SPOKEN.push({ text: one.text, rate: one.rate ?? null, at: NOW });
    if (one.volume === 0) return;
    speechSynthesis.speaking = true;
    one.onstart?.();
    setTimeout(() => {
      speechSynthesis.speaking = false;
      one.onend?.();
    }, 300);
  },
  cancel() { CANCELLED += 1; speechSynthesis.speaking = false; },
};
globalThis.speechSynthesis = speechSynthesis;

const said = ["start", "good", "ease", "stop", "say_stop", "contact", "way_back:calf:left", "half", "ask", "ended"];
const words = grown(["template", { id: "words" }, said.map((key) => ["p", { "data-say": key }, []])]);
words.content = words;
words.children.forEach((one) => { one.text = one.attributes["data-say"]; });
document.body.put(words);
