// `npm test`: installs what is missing and runs every check and every test. The last line is `N passed, N failed`.
// Nothing but dynamic imports: an older Node must get as far as the message.
const major = Number(process.versions.node.split(".")[0]);
if (major < 20) {
  process.stderr.write(
    "Hearth needs Node.js 20 or newer, and this is " + process.version + "; install it from nodejs.org.\n",
  );
  process.exitCode = 1;
} else {
  void import("./tools/launch/test.mjs");
}
