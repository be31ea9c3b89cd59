// The yardstick on socket.io, its defaults but for the transport: websockets alone, no compression.
// The same messages as bench/peers/same_work.py, each the one argument of an event "m".
// `node socketio.js none|group DIR` commits nothing, or all that waits at once. Node 20 has no SQLite
// of its own, so events are appended to a file and flushed, which is less work than ours does.
const fs = require("node:fs");
const { createServer } = require("node:http");
const path = require("node:path");
const { Server } = require("socket.io");

const [commits, folder] = process.argv.slice(2);
const STATE_BYTES = { client: 1341, partner: 1307 };
const STOPPED_BYTES = 337 + 86;
const SHOWN_BYTES = 92;
const AGAIN_MS = 2000;
const UNPROVEN_BYTES = 2 * 1024;

const waiting = [];
let isWriting = false;
let file = null;

function append(bytes, then) {
  if (commits === "none") return then();
  waiting.push({ bytes, then });
  if (!isWriting) flush();
}

function flush() {
  isWriting = waiting.length > 0;
  if (!isWriting) return;
  file ??= fs.openSync(path.join(folder, "relay.log"), "a");
  const group = waiting.splice(0);
  const size = group.reduce((sum, one) => sum + one.bytes, 0);
  fs.write(file, Buffer.alloc(size, "s"), (failed) => {
    if (failed) throw failed;
    fs.fdatasync(file, (lost) => {
      if (lost) throw lost;
      for (const one of group) one.then();
      flush();
    });
  });
}

class Phone {
  constructor(socket) {
    this.socket = socket;
    this.unproven = 0;
  }

  tell(message, bytes) {
    this.unproven += bytes;
    this.socket.emit("m", message);
  }

  prove() {
    if (this.unproven <= UNPROVEN_BYTES) return;
    this.unproven = 0;
    this.socket.conn.transport.socket.ping();
  }
}

class Room {
  phones = {};
  heard = {};
  raised = {};
  seq = 0;

  read(by, said) {
    if (said.type === "stop") this.stop(by, said.id);
    else if (said.type === "seen") this.seen(by, said.alert);
    else if (said.type === "beat") this.beat(by, said);
  }

  stop(by, id) {
    const alert = `${by}:${id}`;
    this.raised[alert] = Date.now();
    const told = { type: "alert", alert, kind: "stop", by, cause: "asked", drill: false, at_ms: Date.now() };
    for (const phone of Object.values(this.phones)) phone.tell(told, 131);
    append(STOPPED_BYTES, () => this.stopped(by, id));
  }

  stopped(by, id) {
    this.seq += 2;
    this.tellState();
    this.phones[by].tell({ type: "done", id }, 40);
    clearTimeout(this.again);
    this.again = setTimeout(() => this.tellState(), AGAIN_MS);
  }

  seen(by, alert) {
    const raiser = alert.split(":")[0];
    if (raiser === by || !(alert in this.raised)) return;
    const shown_ms = Date.now() - this.raised[alert];
    delete this.raised[alert];
    this.phones[raiser].tell({ type: "fate", alert, shown_ms }, 63);
    append(SHOWN_BYTES, () => this.seq++);
  }

  beat(by, { n, sent_ms }) {
    this.heard[by] = Date.now();
    const peer_ms = this.heard[by === "client" ? "partner" : "client"] ?? null;
    this.phones[by].tell({ type: "beat", n, sent_ms, server_ms: Date.now(), peer_ms }, 90);
  }

  tellState() {
    for (const [role, phone] of Object.entries(this.phones)) {
      const bytes = STATE_BYTES[role];
      phone.tell({ type: "state", seq: this.seq, more: ".".repeat(bytes - 37) }, bytes);
    }
  }
}

const rooms = new Map();
const server = createServer();
const io = new Server(server, { transports: ["websocket"], perMessageDeflate: false });
io.on("connection", (socket) => {
  const name = socket.handshake.query.room;
  if (!rooms.has(name)) rooms.set(name, new Room());
  const room = rooms.get(name);
  const role = socket.handshake.headers.authorization.slice("Bearer ".length).split("-")[0];
  const phone = (room.phones[role] = new Phone(socket));
  socket.on("m", (message) => {
    room.read(role, message);
    phone.prove();
  });
});
server.listen(0, "127.0.0.1", 1024, () => console.log(`ready: http://127.0.0.1:${server.address().port}`));
