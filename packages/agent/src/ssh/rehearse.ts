import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { duplexPair } from "node:stream";
import ssh2 from "ssh2";
import { deriveHostKey } from "#ssh/host-key.ts";
import { SshServer } from "#ssh/server.ts";
import type { SshServices } from "#ssh/services.ts";

/**
 * Goes once through a whole connection in memory, from the key exchange to the end of a command that does nothing: what
 * is compiled and loaded at the first time need not be so for the first person who comes, who waits for it.
 *
 * Nobody counts or reports it as a session. Rejects when the connection fails, which the real ones then will as well.
 */
export async function rehearse(services: SshServices): Promise<void> {
  const [near, far] = duplexPair();
  const server = new SshServer(deriveHostKey(randomBytes(32)), { ...services, onSession: () => () => undefined });
  const client = new ssh2.Client();
  const ready = once(client, "ready"); // rejects with the client's error
  server.accept(far);
  client.connect({ sock: near, username: "rehearsal", hostVerifier: () => true });
  try {
    await ready;
    const channel = await new Promise<ssh2.ClientChannel>((resolve, reject) => {
      client.exec("exit 0", (error, opened) => (error ? reject(error) : resolve(opened)));
    });
    channel.resume();
    await once(channel, "close");
  } finally {
    client.end();
    near.destroy();
    far.destroy();
  }
}
