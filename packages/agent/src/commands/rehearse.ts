import { duplexPair } from "node:stream";
import { agentFrames, clientFrames, encodeFrame, FrameReader, withLength } from "@hearth/sdk/commands";
import { HttpApi } from "#api/http-api.ts";
import { Commands, type CommandsOptions } from "#commands/commands.ts";
import { commandsUpgrade } from "#commands/serve-commands.ts";

const request =
  "GET /api/v1/commands HTTP/1.1\r\nHost: agent\r\nConnection: Upgrade\r\nUpgrade: hearth-commands\r\n\r\n";
const endOfHeader = "\r\n\r\n";

/**
 * Goes once through a whole command in memory, from the request to the exit: what is compiled and loaded at the first time
 * need not be so for the first who comes. Nobody counts it, and it is not listed. Never rejects.
 */
export async function rehearseCommand(options: CommandsOptions): Promise<void> {
  const [near, far] = duplexPair();
  const commands = new Commands(options);
  const upgrades = commandsUpgrade({ commands, onSession: () => () => undefined, log: options.log });
  new HttpApi({ routes: [], upgrades, ...options }).accept(far);
  near.on("error", () => undefined); // `close` follows
  near.write(request);
  near.write(withLength(encodeFrame(clientFrames.start, 1, { shell: "exit", stdin: true, wait: "none" })));
  await new Promise<void>((resolve) => {
    const reader = new FrameReader();
    let header: string | undefined = "";
    near.once("close", resolve);
    near.on("data", (chunk: Buffer) => {
      let frames = chunk;
      if (header !== undefined) {
        header += chunk.toString("latin1");
        const end = header.indexOf(endOfHeader);
        if (end < 0) return;
        frames = Buffer.from(header.slice(end + endOfHeader.length), "latin1");
        header = undefined;
      }
      for (const { kind } of reader.feed(frames)) {
        if (kind === agentFrames.exit || kind === agentFrames.error) resolve();
      }
    });
  });
  near.destroy();
  far.destroy();
  commands.close();
}
