import { createServer } from "node:http";
import { WebSocketServer } from "ws";

// Answers requests and echoes what sockets say: nothing else.
const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => response.end("{}"));
});
new WebSocketServer({ server, perMessageDeflate: false }).on("connection", (socket) => {
  socket.on("message", (data) => socket.send(data));
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") process.send?.(address.port);
});
