import { afterAll, beforeAll, expect, test } from "vitest";
import { readEvents } from "@hearth/base";
import { endpoints, type Client } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";

const claims = 6;
const manifest = `
parameters: [{ name: word, type: string, default: none, mutable: true }]
presets:
  - { name: warm, prebuilds: { instances: ${claims} } }
workspace: { engine: process }
agents:
  - name: main
    env: { WORD: "\${param.word}" }
    scripts: [{ name: waits, on: claim, run: "until [ -e ~/go ]; do sleep 0.05; done" }]
`;

let deployment: Deployment;
let ada: Client;
beforeAll(async () => {
  deployment = await Deployment.create({ engine: "process" });
  ada = await deployment.createMember("ada");
});
afterAll(async () => await deployment[Symbol.asyncDispose]());

/** What a command says that is sent by plain HTTP, on one line. */
async function outputOf(client: Client, agent: string, shell: string, wait: "ready" | "none"): Promise<string> {
  const response = await client.request(endpoints.commands.exec, {
    params: { workspaceagent: agent },
    body: { shell, wait },
  });
  let said = "";
  const events = readEvents((response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()));
  for await (const { type, data } of events) {
    if (type === "stdout") said += (JSON.parse(data) as { text: string }).text; // as the server says it
  }
  return said.trim();
}

test("the first command after a claim finds the workspace its owner's, and waits for no script that blocks nobody", async () => {
  const template = await deployment.pushTemplate("warm", manifest);
  const secret = { name: "token", value: "ada's $HOME", env_name: "TOKEN", file_path: "~/token" };
  await ada.call(endpoints.secrets.createUserSecret, { params: { user: "me" }, body: secret });
  const readPool = async () => {
    const [pool] = await deployment.client.call(endpoints.hearth.listPools, { params: { template: template.id } });
    if (pool === undefined) throw new Error("no pool");
    return pool;
  };
  const pool = await deployment.until("the pool is warm", readPool, ({ ready }) => ready === claims);
  const body = { reconciliation_paused: true };
  await deployment.client.call(endpoints.prebuilds.updatePrebuildsSettings, { body });

  const said = await Promise.all(
    Array.from({ length: claims }, async (_, at) => {
      const claimed = await ada.call(endpoints.workspaces.createWorkspace, {
        params: { user: "me" },
        body: {
          template_id: template.id,
          template_version_preset_id: pool.preset_id,
          name: `dev${at}`,
          rich_parameter_values: [{ name: "word", value: `word${at}` }],
        },
      });
      expect(claimed.origin?.how).toBe("claimed");
      const [agent] = claimed.latest_build.resources.flatMap(({ agents }) => agents ?? []);
      const shell = 'echo "$CODER_WORKSPACE_OWNER_NAME|$HEARTH_WORKSPACE_NAME|$WORD|$TOKEN|$(cat ~/token)"';
      return await outputOf(ada, agent?.id ?? "", shell, at % 2 === 0 ? "ready" : "none");
    }),
  );

  expect(said).toEqual(Array.from({ length: claims }, (_, at) => `ada|dev${at}|word${at}|ada's $HOME|ada's $HOME`));
});
