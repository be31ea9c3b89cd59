// The direct line: a WebRTC data channel to the other phone, for STOP, EASE, pain and `seen` only.
// Best effort: nothing depends on it, and what it brings counts like any other copy. No STUN, so
// only addresses of this network. The client offers; the words to lay it go over the room's socket.

import { attempt } from "../../browser.js";

const LABEL = "direct";
const AGAIN_MS = 6_000; // an attempt that has not opened by then is abandoned
const MAX_CHARS = 1_000;

/** @import { Foreign } from "../../answer.js" */
/**
 * @typedef {object} Outside
 * @property {(data: object) => void} say send words to the other page, over the socket
 * @property {(is_open: boolean) => void} on_change
 * @property {(message: Foreign) => void} on_message
 */

/** Lay the line when asked, and speak by it. @param {string} role @param {Outside} outside */
export function data_channel(role, { say, on_change, on_message }) {
  /** @type {RTCPeerConnection | null} */
  let peer = null;
  /** @type {RTCDataChannel | null} */
  let channel = null;
  let round = 0;
  let tried_at = -Infinity;

  const is_open = () => attempt("RTCDataChannel", () => channel?.readyState === "open", false);

  const close = () => {
    const was_open = is_open();
    const old = peer;
    peer = null;
    channel = null;
    attempt("RTCPeerConnection.close", () => old?.close());
    if (was_open) on_change(false);
  };

  const start = (/** @type {number} */ k) => {
    close();
    round = k;
    const made = new RTCPeerConnection({ iceServers: [] });
    const opened = made.createDataChannel(LABEL, { negotiated: true, id: 0 });
    const is_current = () => peer === made;
    made.onicecandidate = (event) => {
      if (is_current() && event.candidate) say({ k, candidate: event.candidate.toJSON() });
    };
    made.onconnectionstatechange = () => {
      if (is_current() && ["failed", "closed"].includes(made.connectionState)) close();
    };
    opened.onopen = () => is_current() && on_change(true);
    opened.onclose = () => is_current() && close();
    opened.onmessage = (event) => {
      if (!is_current() || String(event.data).length > MAX_CHARS) return;
      const message = attempt("direct line", () => JSON.parse(event.data), null);
      if (message) on_message(message);
    };
    peer = made;
    channel = opened;
    return made;
  };

  const offer = async () => {
    const k = round + 1;
    const made = start(k);
    await made.setLocalDescription();
    say({ k, offer: made.localDescription?.sdp });
  };

  const answer = async (/** @type {number} */ k, /** @type {string} */ sdp) => {
    const made = start(k);
    await made.setRemoteDescription({ type: "offer", sdp });
    await made.setLocalDescription();
    say({ k, answer: made.localDescription?.sdp });
  };

  const receive = async (/** @type {NonNullable<Foreign>} */ data) => {
    const { k, hello, offer: sdp, answer: answered, candidate } = data;
    if (role === "client" && hello) tried_at = -Infinity; // a fresh page over there
    else if (role === "partner" && sdp) await answer(Number(k), String(sdp));
    else if (k !== round || !peer) return;
    else if (answered) await peer.setRemoteDescription({ type: "answer", sdp: String(answered) });
    else if (candidate) await peer.addIceCandidate(candidate);
  };

  const can = attempt("RTCPeerConnection", () => typeof RTCPeerConnection === "function", false);
  let is_greeted = false;
  const failed = () => close(); // the words were not ours, or came too late

  return {
    /** Lay the line if it is time.
     * @param {boolean} is_wanted both phones are here @param {number} now */
    look(is_wanted, now) {
      if (!can || !is_wanted || is_open()) return;
      if (role === "partner") {
        if (!is_greeted) say({ hello: 1 });
        is_greeted = true;
      } else if (now - tried_at >= AGAIN_MS) {
        tried_at = now;
        offer().catch(failed);
      }
    },
    /** @param {NonNullable<Foreign>} data words of the other page */
    receive(data) {
      if (can) receive(data).catch(failed);
    },
    /** @param {object} message */
    send(message) {
      if (is_open()) attempt("RTCDataChannel.send", () => channel?.send(JSON.stringify(message)));
    },
  };
}
