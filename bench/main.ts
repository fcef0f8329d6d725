import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { endpoints, type Client } from "@hearth/sdk";
import { pushTemplate, RealServer } from "@hearth/testkit";
import { measureBareAgent } from "./bare-agent.ts";
import { createToFirstOutput, remove } from "./first-output.ts";
import { measureFloor } from "./floor.ts";
import { percentile, renderTable, rowOf, type Row } from "./row.ts";

// npm run bench -- claim cold --json FILE
// Ratios to a baseline that is measured in the same run, against the real server with real agents.

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "string" }, runs: { type: "string", default: "20" } },
});
const wanted = positionals.length === 0 ? ["claim", "cold"] : positionals;
const unknown = wanted.filter((name) => !["claim", "cold"].includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no bench "${unknown.join(", ")}": there are claim and cold.\n`);
  process.exit(2);
}
const runs = Number(values.runs);
/** A server that has run for a while: what it repeats is compiled, and its statements are planned. */
const warmUps = 10;

const bare = `
workspace: { engine: process }
agents: [{ name: main }]
`;
const poolSize = 4;
const warm = `
presets: [{ name: small, prebuilds: { instances: ${poolSize} } }]
${bare}`;

async function poolIsFull(client: Client, template: string): Promise<string> {
  const stream = await client.request(endpoints.hearth.watchWorkspaces, {});
  const reader = stream.body?.getReader();
  try {
    for (;;) {
      const [pool] = await client.call(endpoints.hearth.listPools, { params: { template } });
      if (pool?.ready === poolSize && pool.building === 0) return pool.preset_id;
      await reader?.read();
    }
  } finally {
    await reader?.cancel();
  }
}

async function measureClaims(client: Client): Promise<number[]> {
  const template = await pushTemplate(client, "warm", warm);
  const samples: number[] = [];
  for (let run = 0; run < runs + warmUps; run++) {
    const preset = await poolIsFull(client, template.id);
    const { ms, workspace } = await createToFirstOutput(client, {
      template_id: template.id,
      template_version_preset_id: preset,
      name: `claim-${run}`,
    });
    if (workspace.origin?.how !== "claimed")
      throw new Error(`${workspace.name} was not claimed but ${workspace.origin?.how}`);
    if (run >= warmUps) samples.push(ms);
    await remove(client, workspace);
  }
  await client.call(endpoints.prebuilds.updatePrebuildsSettings, { body: { reconciliation_paused: true } });
  return samples;
}

async function measureColdStarts(client: Client): Promise<number[]> {
  const template = await pushTemplate(client, "cold", bare);
  const samples: number[] = [];
  for (let run = 0; run < runs + warmUps; run++) {
    const { ms, workspace } = await createToFirstOutput(client, { template_id: template.id, name: `cold-${run}` });
    if (run >= warmUps) samples.push(ms);
    await remove(client, workspace);
  }
  return samples;
}

const server = await RealServer.prepare();
const rows: Row[] = [];
try {
  await server.start();
  const client = await server.logIn();
  // The starter's pool would work beside what is measured.
  const [starter] = await client.call(endpoints.templates.listTemplates, { query: { q: "exact_name:starter" } });
  if (starter !== undefined) {
    await client.call(endpoints.templates.updateTemplate, {
      params: { template: starter.id },
      body: { deprecation_message: "not during the bench" },
    });
  }
  const socket = encodeURIComponent(join(server.dataDir, "postgres-socket"));
  const floor = await measureFloor(`postgresql://hearth@localhost/hearth?host=${socket}`, runs * 2);
  const claims = wanted.includes("claim") ? await measureClaims(client) : [];
  const cold = await measureColdStarts(client);
  if (wanted.includes("claim")) {
    rows.push(
      rowOf("claim → first output, p50, to the floor", percentile(claims, 0.5), percentile(floor, 0.5), 5),
      rowOf("claim → first output, p99, to the floor", percentile(claims, 0.99), percentile(floor, 0.99), 15),
      rowOf("claim → first output, p50, to a cold create", percentile(claims, 0.5), percentile(cold, 0.5), 0.1),
    );
  }
  if (wanted.includes("cold")) {
    const agent = await measureBareAgent(runs);
    rows.push(
      rowOf("cold create → first output, p50, to the bare agent", percentile(cold, 0.5), percentile(agent, 0.5), 1.5),
    );
  }
} finally {
  await server[Symbol.asyncDispose]();
}
process.stdout.write(`${renderTable(rows)}\n`);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(rows, null, 2)}\n`);
process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;
