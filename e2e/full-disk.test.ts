import { mkdir, readFile, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { endpoints, type Client, type Workspace } from "@hearth/sdk";
import { codeOf, endOfLog, pushTemplate, RealServer, SmallDisk } from "@hearth/testkit";

// A disk fills up under a real server: what it writes for itself never ends it, what would grow the disk is refused, and
// once there is room everything goes on by itself.

const manifest = "workspace: { engine: process }\nagents: [{ name: main }]\n";
const mebibyte = 1024 ** 2;

interface Line {
  readonly msg: string;
  readonly lost?: number;
}

async function logOf({ dataDir }: RealServer): Promise<Line[]> {
  const text = await readFile(join(dataDir, "hearth.log"), "utf8");
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Line])); // ours and pino's
}

async function create(client: Client, template_id: string, name: string): Promise<Workspace> {
  return await client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { template_id, name },
  });
}

/** Waits until the workspace runs and its agent is connected. */
async function isReady(client: Client, { id, latest_build }: Workspace): Promise<void> {
  const params = { workspacebuild: latest_build.id };
  await endOfLog(client.urlOf(endpoints.builds.getBuildLogs, { params, query: { follow: true } }, "ws"), client);
  const read = async () => await client.call(endpoints.workspaces.getWorkspace, { params: { workspace: id } });
  const agent = async () => (await read()).latest_build.resources[0]?.agents?.[0];
  await expect.poll(agent, { timeout: 60_000 }).toMatchObject({ status: "connected", lifecycle_state: "ready" });
}

test("a log that cannot be written is told of once, and the server serves and stops as ever", async () => {
  await using server = await RealServer.prepare();
  await mkdir(server.dataDir, { recursive: true });
  await symlink("/dev/full", join(server.dataDir, "hearth.log"));
  await server.start();
  const client = await server.logIn();
  const { id } = await pushTemplate(client, "bare", manifest);
  await isReady(client, await create(client, id, "first"));

  await rm(join(server.dataDir, "hearth.log"));
  const code = await server.stop();

  expect(code).toBe(0);
  expect(server.output.match(/Lines of .*hearth\.log are lost until it can be written: ENOSPC/g)).toHaveLength(1);
  const [first, ...rest] = await logOf(server);
  expect(first).toMatchObject({ msg: "lines of this log were lost while it could not be written" });
  expect(first?.lost).toBeGreaterThan(1);
  expect(rest.filter(({ msg }) => msg === "stopped").length).toBeGreaterThan(10);
});

describe.skipIf(!(await SmallDisk.isPossible()))("a disk that is filled to its last byte", () => {
  test("refuses builds, keeps the rest going, outlives even its database's end, and everything comes back", async () => {
    await using disk = await SmallDisk.mount(512 * mebibyte);
    await using server = await RealServer.prepare({ within: disk.directory });
    await server.start({ HEARTH_MIN_FREE_DISK: "64MiB" });
    const client = await server.logIn();
    const { id: template } = await pushTemplate(client, "bare", manifest);
    const first = await create(client, template, "first");
    await isReady(client, first);

    disk.fill({ leaving: 60 * mebibyte });
    await expect
      .poll(async () => await codeOf(client.call(endpoints.files.uploadFile, { body: new Uint8Array(512) })), {
        timeout: 10_000,
      })
      .toBe("insufficient_storage");
    expect(await codeOf(create(client, template, "second"))).toBe("insufficient_storage");
    await server.logIn();

    disk.fill({ leaving: 0 });
    const postmaster = Number((await readFile(join(server.dataDir, "postgres/postmaster.pid"), "utf8")).split("\n")[0]);
    expect((await client.call(endpoints.users.getUser, { params: { user: "me" } })).username).toBe("owner");
    process.kill(postmaster, "SIGKILL");
    const codes = new Set<unknown>();
    for (let i = 0; i < 20; i++)
      codes.add(await codeOf(client.call(endpoints.users.getUser, { params: { user: "me" } })));
    expect(["yes", "unavailable", "insufficient_storage"]).toEqual(expect.arrayContaining([...codes]));
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);

    await disk.clear();
    await expect
      .poll(async () => await codeOf(client.call(endpoints.users.getUser, { params: { user: "me" } })), {
        timeout: 60_000,
      })
      .toBe("yes");
    await expect
      .poll(
        async () =>
          await codeOf(
            client.call(endpoints.builds.createBuild, {
              params: { workspace: first.id },
              body: { transition: "stop" },
            }),
          ),
        { timeout: 60_000 },
      )
      .toBe("yes");
    await isReady(client, await create(client, template, "third"));
    const code = await server.stop();

    expect(code).toBe(0);
    const messages = (await logOf(server)).map(({ msg }) => msg);
    expect(messages).toContain("lines of this log were lost while it could not be written");
    expect(messages).toContain("the disk has room again, builds and uploads are taken");
  }, 240_000);
});
