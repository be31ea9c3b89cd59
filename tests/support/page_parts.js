// What a browser lends to the live page, on a clock that the test moves: a small tree of elements,
// events that go down and up it, timers, frames, one kind of socket. No layout, no style. All of it is
// within one function, once for each page, so what a page takes for global is its own.

let NOW = 1_000_000, ANSWERS = true, SLEPT = 0, SEEN = true, FRAMES = true, FRAMES_WHEN_HIDDEN = false, STALLS = false, RELOADED = 0;
const ESCAPED = [], SOCKETS = [], POSTED = [], WAITING = [], TIMERS = [];
let frame = null, timer_n = 0, ASKED = 0, NO_TIMEOUT = false, NO_INTERVAL = false;

const Date = { now: () => NOW + SLEPT };
// What this browser lacks, unless the test has put it there.
let RTCPeerConnection, AudioContext, SpeechSynthesisUtterance;
const performance = { timeOrigin: 0, now: () => NOW };

class Event {
  constructor(type, more = {}) {
    Object.assign(this, { type, bubbles: false, is_stopped: false, defaultPrevented: false }, more);
  }
  preventDefault() { this.defaultPrevented = true; }
  stopPropagation() { this.is_stopped = true; }
}
class MouseEvent extends Event {}
class CustomEvent extends Event {}

class Target {
  heard = [];
  addEventListener(type, then, is_capture = false) { this.heard.push({ type, then, is_capture }); }
  dispatchEvent(event) {
    event.target ??= this;
    const up = [];
    for (let at = this.parentElement; at; at = at.parentElement) up.push(at);
    if (this !== window) up.push(document, window);
    const call = (on, is_mine) => {
      if (event.is_stopped) return;
      for (const { type, then, is_capture } of on.heard) {
        if (type !== event.type || !is_mine(is_capture)) continue;
        try {
          then(event);
        } catch (error) { // as in a browser, it keeps nobody else from hearing
          ESCAPED.push(String(error));
        }
      }
    };
    [...up].reverse().forEach((on) => call(on, (is_capture) => is_capture));
    call(this, () => true);
    if (event.bubbles) up.forEach((on) => call(on, (is_capture) => !is_capture));
    return !event.defaultPrevented;
  }
}

const kebab = (name) => `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

class Element extends Target {
  constructor(tag, attributes, children) {
    super();
    Object.assign(this, { tag, attributes, children, text: "", parentElement: null, style: { setProperty() {} } });
    for (const child of children) child.parentElement = this;
    this.dataset = new Proxy({}, {
      get: (_, name) => this.attributes[kebab(name)],
      has: (_, name) => kebab(name) in this.attributes,
      set: (_, name, value) => (this.setAttribute(kebab(name), value), true),
      deleteProperty: (_, name) => delete this.attributes[kebab(name)],
    });
  }
  put(child) {
    child.parentElement = this;
    this.children.push(child);
  }
  getAttribute(name) { return this.attributes[name] ?? null; }
  setAttribute(name, value) { this.attributes[name] = String(value); }
  removeAttribute(name) { delete this.attributes[name]; }
  hasAttribute(name) { return name in this.attributes; }
  toggleAttribute(name, is_so) { if (is_so) this.attributes[name] = ""; else delete this.attributes[name]; }
  get hidden() { return this.hasAttribute("hidden"); }
  set hidden(is_so) { this.toggleAttribute("hidden", is_so); }
  get textContent() { return this.text; }
  set textContent(text) { this.text = text; }
  get firstChild() { return { nodeValue: this.text }; }
  get firstElementChild() { return this.children[0] ?? null; }
  *all() { for (const child of this.children) { yield child; yield* child.all(); } }
  matches(selector) { return is_match(this, selector); }
  closest(selector) {
    for (let at = this; at; at = at.parentElement) if (is_match(at, selector)) return at;
    return null;
  }
  querySelectorAll(selector) { return [...this.all()].filter((one) => is_match(one, selector)); }
  querySelector(selector) { return this.querySelectorAll(selector)[0] ?? null; }
  replaceChildren() { this.children = []; }
  contains(one) { return one === this || [...this.all()].includes(one); }
  focus() { document.activeElement = this; }
  click() { this.dispatchEvent(new MouseEvent("click", { bubbles: true, detail: 0 })); }
  showModal() { this.toggleAttribute("open", true); }
}

// Lists, descendants, and of simple parts those that the page's scripts use.
const split = (text, mark) => {
  const parts = [""];
  let depth = 0;
  for (const one of text) {
    depth += "([".includes(one) ? 1 : ")]".includes(one) ? -1 : 0;
    if (one === mark && depth === 0) parts.push("");
    else parts[parts.length - 1] += one;
  }
  return parts.map((part) => part.trim()).filter(Boolean);
};
const is_match = (element, selector) => split(selector, ",").some((one) => is_path(element, split(one, " ")));
function is_path(element, path) {
  const [last, ...before] = [...path].reverse();
  if (!is_simple(element, last)) return false;
  if (before.length === 0) return true;
  for (let at = element.parentElement; at; at = at.parentElement) if (is_path(at, before.reverse())) return true;
  return false;
}
function is_simple(element, text) {
  for (const [part] of text.matchAll(/:not\((?:[^()]|\([^()]*\))*\)|\[[^\]]*\]|[#.]?[\w-]+|\*/g)) {
    const named = /^\[([\w-]+)(?:="?([^"\]]*)"?)?\]$/.exec(part);
    const so = part === "*" ? true
      : part.startsWith(":not(") ? !is_match(element, part.slice(5, -1))
      : named ? (named[2] === undefined ? named[1] in element.attributes : element.attributes[named[1]] === named[2])
      : part.startsWith("#") ? element.attributes.id === part.slice(1)
      : part.startsWith(".") ? (element.attributes.class ?? "").split(" ").includes(part.slice(1))
      : element.tag === part;
    if (!so) return false;
  }
  return true;
}

const window = new Target();
const addEventListener = window.addEventListener.bind(window);
const document = Object.assign(new Target(), {
  documentElement: new Element("html", { lang: "en" }, []), body: new Element("body", {}, []), activeElement: null,
  getElementById: (id) => document.body.querySelector(`#${id}`),
  querySelector: (selector) => document.body.querySelector(selector),
});
Object.defineProperty(document, "visibilityState", { get: () => (SEEN ? "visible" : "hidden") });
const getComputedStyle = () => ({ visibility: "visible" });

/** @param {[string, object, any[]]} tree */
const grown = ([tag, attributes, children = []]) => new Element(tag, attributes, children.map(grown));

const store = () => {
  const kept = {};
  return { kept, getItem: (key) => kept[key] ?? null, setItem: (key, text) => { kept[key] = text; }, removeItem: (key) => delete kept[key] };
};
const localStorage = store(), sessionStorage = store();
const location = { protocol: "http:", host: "phone.test", origin: "http://phone.test", reload() { RELOADED += 1; } };
const globalThis = Object.assign(window, { localStorage, sessionStorage });

class WebSocket {
  sent = [];
  beats = [];
  readyState = 0;
  constructor(url) { this.url = url; SOCKETS.push(this); }
  send(text) {
    if (this.is_full) throw new Error("InvalidStateError");
    const message = JSON.parse(text);
    this.sent.push(message);
    if (message.type === "beat") this.beats.push(message);
  }
  close() { this.readyState = 3; }
}
const socket = () => SOCKETS[SOCKETS.length - 1];
function answers() { socket().readyState = 1; socket().onopen(); }
const says = (message) => socket().onmessage({ data: JSON.stringify(message) });
const heard = ({ n, sent_ms }) => says({ type: "beat", n, sent_ms, server_ms: NOW, peer_ms: NOW });
const fetch = (url, { method = "GET", body } = {}) => {
  POSTED.push({ url, method, message: body === undefined ? null : JSON.parse(body) });
  return new Promise((resolve) => WAITING.push(resolve));
};
function answers_fetch(status, headers, text) {
  WAITING.shift()({ status, headers: { get: (name) => headers[name] ?? null }, text: () => Promise.resolve(text) });
}

function setTimeout(then, ms = 0, every = null) {
  if (every === null ? NO_TIMEOUT : NO_INTERVAL) throw new Error("none");
  TIMERS.push({ n: (timer_n += 1), at: NOW + ms, then, every });
  return timer_n;
}
const setInterval = (then, ms) => setTimeout(then, ms, ms);
function clearTimeout(n) {
  const at = TIMERS.findIndex((one) => one.n === n);
  if (at >= 0) TIMERS.splice(at, 1);
}
const requestAnimationFrame = (then) => {
  if (!FRAMES) throw new Error("none");
  ASKED += 1;
  frame = then;
  return 1;
};

/** Some milliseconds of the page's life; a hidden page has timers and no frames. */
function lives(ms) {
  for (let n = 0; n < ms; n += 1) one_ms();
}
function one_ms() {
  NOW += 1;
  if (ANSWERS && socket()?.readyState === 1) for (const beat of socket().beats.splice(0)) heard(beat);
  for (const one of TIMERS.filter(({ at }) => at <= NOW)) {
    if (!TIMERS.includes(one)) continue;
    if (one.every) one.at = NOW + one.every;
    else clearTimeout(one.n);
    one.then();
  }
  if ((!SEEN && !FRAMES_WHEN_HIDDEN) || STALLS || NOW % 16 !== 0) return;
  const then = frame;
  frame = null;
  then?.();
}

let pointer_n = 0;
function finger(type, element, pointerId, more = {}) {
  const event = new Event(type, { bubbles: true, pointerId, button: 0, ...more });
  element.dispatchEvent(event);
  return event;
}
