import { endpoints } from "@hearth/sdk";
import { textOutput } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { clientFor } from "#means/client.ts";
import { version as ours } from "#version.ts";

export const version = defineCommand({
  summary: "Print the version of this program, and of the server",
  options: { output: textOutput },
  async run({ output }, { session, out, signal }) {
    const server = session.url === undefined ? undefined : await serverVersion(session.url, signal);
    if (output === "json") {
      out.json({ version: ours, node: process.versions.node, server: server ?? null });
      return;
    }
    out.line(`hearth ${ours}`);
    if (session.url !== undefined) out.line(`server ${server ?? "not reachable"} (${session.url})`);
  },
});

async function serverVersion(url: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await clientFor(url, undefined, signal).call(endpoints.deployment.getBuildInfo, {})).version;
  } catch {
    // Our own version is what was asked for; the server's is a courtesy.
    signal.throwIfAborted();
    return undefined;
  }
}
