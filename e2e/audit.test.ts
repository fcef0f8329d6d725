import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { endpoints } from "@hearth/sdk";
import { createTestDatabase, RealServer } from "@hearth/testkit";

test("a change of roles is told when it was committed, and only then, also when the server dies by SIGKILL at either moment", async () => {
  const received: string[][] = [];
  const receiver = createServer((request, response) => {
    void text(request).then((body) => {
      received.push((JSON.parse(body) as { after: string[] }).after); // compared below
      response.writeHead(204).end();
      receiver.emit("received");
    });
  });
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const { port } = receiver.address() as AddressInfo; // it listens on TCP
  await using database = await createTestDatabase({ from: "empty" });
  await using server = await RealServer.prepare();
  const env = {
    HEARTH_PG_CONNECTION_URL: database.connectionString,
    HEARTH_AUDIT_WEBHOOK_URL: `http://127.0.0.1:${port}/`,
  };

  await server.start({ ...env, HEARTH_FAILPOINT: "set_site_roles:before_commit" });
  const client = await server.logIn();
  await client.call(endpoints.users.createUser, {
    body: { email: "ada@example.com", username: "ada", password: "Passw0rd-of-ada", login_type: "password" },
  });
  const give = (...roles: string[]) =>
    client.call(endpoints.users.updateUserRoles, { params: { user: "ada" }, body: { roles } });
  await expect(give("owner")).rejects.toThrow();
  await server.ended();
  await server.start({ ...env, HEARTH_FAILPOINT: "set_site_roles:after_commit" });
  await expect(give("auditor")).rejects.toThrow();
  await server.ended();
  expect(received).toEqual([]);
  await server.start(env);
  // Those of a user come in order: when this one is here, nothing before it is missing.
  await give("template-admin");
  while (received.at(-1)?.[0] !== "template-admin") await once(receiver, "received");

  expect(received).toEqual([["auditor"], ["template-admin"]]);
  receiver.close();
});
