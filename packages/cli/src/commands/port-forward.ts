import { once } from "node:events";
import { z } from "zod";
import { fullName } from "#api/workspaces.ts";
import { workspaceArgument } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { UsageError } from "#means/failure.ts";
import { Complaints } from "#port-forward/complaints.ts";
import { forwardPort } from "#port-forward/forward-port.ts";
import { LastingAgent } from "#port-forward/lasting-agent.ts";
import { parsePortMappings, type PortMapping } from "#port-forward/port-mapping.ts";
import { reachAgent } from "#ssh/reach-agent.ts";
import { reportUsage } from "#ssh/usage.ts";

export const portForward = defineCommand({
  summary: "Connect ports here to ports in a workspace, until Ctrl-C",
  args: { workspace: workspaceArgument },
  options: {
    tcp: z.array(z.string()).default([]).meta({
      short: "p",
      value: "local[:remote]",
      description: "8080, 8080:80, 0.0.0.0:8080:80, or a range 8000-8009:9000-9009",
    }),
    udp: z
      .array(z.string())
      .default([])
      .meta({ value: "local[:remote]", description: "not supported: connections are TCP" }),
    disableAutostart: z.boolean().default(false).meta({ description: "fail when the workspace is stopped" }),
  },
  examples: [
    { what: "The workspace's port 3000 on http://localhost:8080", line: "hearth port-forward dev --tcp 8080:3000" },
  ],
  async run(input, means) {
    const { out, signal } = means;
    if (input.udp.length > 0) throw new UsageError("--udp is not supported: ports are reached over TCP; use --tcp");
    const mappings = input.tcp.flatMap(parse);
    if (mappings.length === 0) throw new UsageError("--tcp is needed: which ports are to be forwarded");
    const reference = input.workspace;
    const reached = await reachAgent({ reference, wait: "no", autostart: !input.disableAutostart }, means);

    await using open = new AsyncDisposableStack();
    const agent = new LastingAgent(reference, reached.agent.id, means);
    const complaints = new Complaints((text) => out.warn(text));
    for (const mapping of mappings) {
      const forwarded = await forwardPort(mapping, () => agent.dial(mapping.remotePort), {
        onAnswer: () => complaints.worked(mapping.remotePort),
        onError(error) {
          if (!signal.aborted) complaints.failed(mapping.remotePort, error);
        },
      });
      open.use(forwarded);
      out.line(`${mapping.host}:${forwarded.localPort} → port ${mapping.remotePort} of ${fullName(reached.workspace)}`);
    }
    out.note(out.noteStyle.dim("Ctrl-C ends it."));
    const usage = reportUsage(reached, "ssh", means, signal);
    if (!signal.aborted) await once(signal, "abort");
    await usage;
    return 130;
  },
});

function parse(text: string): readonly PortMapping[] {
  const parsed = parsePortMappings(text);
  if (!parsed.ok) throw new UsageError(`--tcp: ${parsed.why}`);
  return parsed.mappings;
}
