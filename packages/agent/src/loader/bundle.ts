// What the bundle offers its loader and its build.
export { runProcess as run } from "#run-process.ts";

/** Loads what is loaded late, so that the build can keep it compiled, too. */
export async function warmUp(): Promise<void> {
  const { deriveHostKey, SshServer } = await import("#ssh/index.ts");
  deriveHostKey(new Uint8Array(32));
  void SshServer;
}
