import { Socket } from "node:net";

/**
 * Ends this process as SIGTERM does when the one that launched it disappears, however suddenly: a server whose
 * `npm start` was killed must not go on in secret. Nothing happens where there is no launcher.
 *
 * The other end of {@link import("./run.mjs").runInOurPlace}. Forgets the descriptor's name, so that what we run does
 * not take another file of that number for it.
 */
export function endWithLauncher() {
  const fd = process.env.HEARTH_LAUNCHER_FD;
  delete process.env.HEARTH_LAUNCHER_FD;
  if (fd === undefined) return;
  const pipe = new Socket({ fd: Number(fd), readable: true, writable: false });
  pipe.on("error", () => undefined); // told by "close" as well
  pipe.on("close", () => process.kill(process.pid, "SIGTERM"));
  pipe.resume();
  pipe.unref();
}
