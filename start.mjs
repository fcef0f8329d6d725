// `npm start`: installs what is missing, builds what is stale, and runs the server, on any machine with Node 20.
// Plain JavaScript without dependencies, and nothing but dynamic imports: an older Node must get as far as the message.
const major = Number(process.versions.node.split(".")[0]);
if (major < 20) {
  process.stderr.write(
    "Hearth needs Node.js 20 or newer to start, and this is " + process.version + "; install it from nodejs.org.\n",
  );
  process.exitCode = 1;
} else {
  void import("./tools/launch/start.mjs");
}
