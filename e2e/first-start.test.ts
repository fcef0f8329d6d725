import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { endpoints, type Client } from "@hearth/sdk";
import { logIn, RealServer } from "@hearth/testkit";

// A stranger who knows the address may be there before the server is: whoever it is, the owner is not theirs to make.

const nobodyConfigured = {
  HEARTH_FIRST_USER_EMAIL: "",
  HEARTH_FIRST_USER_USERNAME: "",
  HEARTH_FIRST_USER_PASSWORD: "",
};

async function prepare(): Promise<RealServer> {
  const server = await RealServer.prepare();
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

/** Knocks until somebody opens. */
async function portIsOpen(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  for (;;) {
    const socket = connect(Number(port), hostname);
    try {
      await once(socket, "connect");
      return;
    } catch {
      // nobody listens yet
    } finally {
      socket.destroy();
    }
  }
}

/** Asks 200 times for the first account as soon as there is anybody to ask; gives how often there was which answer. */
async function race({ url }: RealServer): Promise<Record<number, number>> {
  await portIsOpen(url);
  const answers = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      const answer = await fetch(new URL("/api/v2/users/first", url), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({
          email: `stranger-${index}@example.com`,
          username: `stranger-${index}`,
          password: "Passw0rd-of-stranger",
        }),
      });
      await answer.body?.cancel();
      return answer.status;
    }),
  );
  return Object.fromEntries(
    [...new Set(answers)].map((status) => [status, answers.filter((answer) => answer === status).length]),
  );
}

/** Name, address and roles of everybody. */
async function everybody(client: Client): Promise<unknown> {
  const { users } = await client.call(endpoints.users.listUsers, {});
  return users.map(({ username, email, roles }) => [username, email, roles.map(({ name }) => name)]);
}

const passwordFile = ({ dataDir }: RealServer) => join(dataDir, "owner-password");
const shownPassword = ({ output }: RealServer) => /Log in +admin@hearth\.local +(\S{20})\n/.exec(output)?.[1];

test("200 who ask during the first start get nothing: the generated owner was there before the port", async () => {
  const server = await prepare();
  const [answers] = await Promise.all([race(server), server.start(nobodyConfigured)]);

  expect(answers).toEqual({ 409: 200 });
  const has = await fetch(new URL("/api/v2/users/first", server.url));
  expect([has.status, await has.json()]).toEqual([200, { message: "The initial user has already been created!" }]);
  const password = shownPassword(server) ?? "not shown";
  expect(await readFile(passwordFile(server), "utf8")).toBe(`${password}\n`);
  expect((await stat(passwordFile(server))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(server.dataDir, "hearth.log"), "utf8")).not.toContain(password);
  await expect(everybody(await logIn(server.url, "admin@hearth.local", password))).resolves.toEqual([
    ["admin", "admin@hearth.local", ["owner"]],
  ]);

  await server.stop();
  await server.start(nobodyConfigured);
  expect(server.output).toContain(`Log in    admin@hearth.local, whose password is in ${passwordFile(server)}\n`);
  expect(server.output).not.toContain(password);
});

test("200 who ask during the first start get nothing: the configured owner was there before the port", async () => {
  const server = await prepare();
  const [answers] = await Promise.all([race(server), server.start()]);

  expect(answers).toEqual({ 409: 200 });
  await expect(everybody(await server.logIn())).resolves.toEqual([["owner", "owner@example.com", ["owner"]]]);
  await expect(stat(passwordFile(server))).rejects.toMatchObject({ code: "ENOENT" });
  expect(server.output).not.toContain("Passw0rd-of-owner");
});

test.for(["before_commit", "after_commit"])(
  "a start that is killed %s of its owner leaves a way in",
  async (boundary) => {
    const server = await prepare();
    await expect(server.start({ ...nobodyConfigured, HEARTH_FAILPOINT: `first_user:${boundary}` })).rejects.toThrow(
      "the server ended",
    );

    await server.start(nobodyConfigured);

    const password = (await readFile(passwordFile(server), "utf8")).trim();
    const client = await logIn(server.url, "admin@hearth.local", password);
    await expect(everybody(client)).resolves.toEqual([["admin", "admin@hearth.local", ["owner"]]]);
    const templates = await client.call(endpoints.templates.listTemplates, {});
    expect(templates.map(({ name }) => name)).toEqual(["starter"]);
    expect(server.output).toContain(boundary === "before_commit" ? password : passwordFile(server));
  },
);
