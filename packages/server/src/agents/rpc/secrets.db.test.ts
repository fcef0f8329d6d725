import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { prebuildsUserId } from "@hearth/sdk";
import type { Manifest } from "@hearth/wire/agent-proto";
import { agent, resource, ServedWorld } from "../../testing/index.ts";

let world: ServedWorld;
beforeAll(async () => {
  world = await ServedWorld.create();
  const keep = async (key: string, body: object) => {
    expect(await world.request("POST", "/users/me/secrets", body, key)).toMatchObject({ status: 201 });
  };
  await keep(world.ownerKey, { name: "a", value: "ada's $HOME", env_name: "TOKEN" });
  await keep(world.ownerKey, { name: "b", value: "both", env_name: "B", file_path: "~/b" });
  await keep(world.ownerKey, { name: "c", value: "nowhere" });
  await keep(world.otherKey, { name: "a", value: "bob's", env_name: "TOKEN" });
});
afterAll(async () => await world[Symbol.asyncDispose]());

const shown = (manifest: Manifest | undefined) =>
  manifest?.secrets.map(({ envName, filePath, value }) => [envName, filePath, Buffer.from(value).toString()]);

test("an agent is told its owner's secrets and nobody else's, those with no place left out [agents 121]", async () => {
  const token = randomUUID();
  await world.start(await world.makeWorkspace(), [agent({ token, envFromSecrets: true })]);
  await using simulated = await world.connect(token);

  expect(shown(await simulated.client?.getManifest({}))).toEqual([
    ["TOKEN", "", "ada's $HOME"],
    ["B", "~/b", "both"],
  ]);
  await world.request("PATCH", "/users/me/secrets/a", { value: "changed" }, world.ownerKey);
  expect(shown(await simulated.client?.getManifest({}))?.[0]).toEqual(["TOKEN", "", "changed"]);
});

test("an agent whose template wants none is told none", async () => {
  const token = randomUUID();
  await world.start(await world.makeWorkspace(), [agent({ token, envFromSecrets: false })]);
  await using simulated = await world.connect(token);

  expect(shown(await simulated.client?.getManifest({}))).toEqual([]);
});

test("a prebuild's agent is told none, and after the claim those of whoever claimed it", async () => {
  const token = randomUUID();
  const workspace = await world.makeWorkspace({ ownerId: prebuildsUserId });
  const build = await world.start(workspace, [agent({ token, envFromSecrets: true })]);
  await using simulated = await world.connect(token);
  expect(shown(await simulated.client?.getManifest({}))).toEqual([]);

  await world.complete(workspace, await world.beginClaim(workspace, world.otherId), {
    resources: [resource([agent({ token: undefined, envFromSecrets: true })])],
    claimOfBuildId: build.id,
  });

  expect(shown(await simulated.client?.getManifest({}))).toEqual([["TOKEN", "", "bob's"]]);
});

test("secrets are each user's own, and their values come back to nobody", async () => {
  const ask = async (method: string, path: string, body?: unknown) => {
    const { status, text } = await world.request(method, path, body, world.ownerKey);
    expect(text).not.toMatch(/ada's|bob's|both|nowhere/);
    return status;
  };
  expect(await ask("GET", "/users/me/secrets")).toBe(200);
  expect(await ask("GET", "/users/ada/secrets/a")).toBe(200);
  expect(await ask("PATCH", "/users/me/secrets/c", { description: "kept" })).toBe(200);
  expect(await ask("GET", "/users/bob/secrets/a")).toBe(404);
  expect(await ask("POST", "/users/me/secrets", { name: "d", value: "x", env_name: "CODER_X" })).toBe(400);
  expect(await ask("DELETE", "/users/me/secrets/c")).toBe(204);
  expect(await ask("GET", "/users/me/secrets/c")).toBe(404);
});
