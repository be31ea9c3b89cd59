// The same relay on socket.io, its defaults but for the transport: websockets alone, no compression.
const { createServer } = require("node:http");
const { Server } = require("socket.io");

const server = createServer();
const io = new Server(server, { transports: ["websocket"], perMessageDeflate: false });
io.on("connection", (socket) => {
  socket.on("join", (room) => {
    socket.join(room);
    socket.on("m", (message) => socket.to(room).emit("m", message));
  });
});
server.listen(0, "127.0.0.1", 1024, () => console.log(`ready: http://127.0.0.1:${server.address().port}`));
