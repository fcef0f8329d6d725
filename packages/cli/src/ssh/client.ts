import type { Duplex } from "node:stream";
import { messageOf } from "@hearth/base";
import { Client, type ConnectConfig } from "ssh2";
import { Failure } from "#means/failure.ts";

export interface SshOptions {
  /** Socket of the SSH agent whose keys may be used inside; `undefined` forwards none. */
  readonly agentSocket: string | undefined;
}

const readyTimeoutMs = 20_000;

/**
 * Speaks SSH over a stream to an agent. The server has checked who we are and led us to this very agent, so there is
 * nothing to log in with and no host key to compare.
 * @throws Failure when the stream ends before the session stands.
 */
export async function connectSsh(stream: Duplex, { agentSocket }: SshOptions): Promise<Client> {
  const client = new Client();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  client.once("ready", resolve);
  // Not only for the first: one that comes later, when the session has ended, is nobody's.
  client.on("error", reject);
  client.once("close", () => reject(new Failure("The agent closed the connection.")));
  stream.on("error", reject);
  const config: ConnectConfig = {
    sock: stream,
    username: "hearth",
    authHandler: ["none"],
    hostVerifier: () => true,
    readyTimeout: readyTimeoutMs,
    // AES in hardware beats what the library would choose first.
    algorithms: { cipher: { prepend: ["aes128-gcm@openssh.com"], append: [], remove: [] } },
    ...(agentSocket === undefined ? {} : { agent: agentSocket, agentForward: true }),
  };
  client.connect(config);
  try {
    await promise;
    return client;
  } catch (error) {
    client.on("error", () => undefined); // said once, by the rejection
    client.destroy();
    throw error instanceof Failure
      ? error
      : new Failure("No SSH session with the agent.", { cause: error, details: [messageOf(error)] });
  }
}
