import { expect, test } from "vitest";
import { endpoints } from "@hearth/sdk";
import { createTestDatabase, RealServer } from "@hearth/testkit";

test("a first start without workers is ready and says what waits, which is there once somebody comes who does it", async () => {
  await using database = await createTestDatabase({ from: "empty" });
  const env = { HEARTH_PG_CONNECTION_URL: database.connectionString };
  await using idle = await RealServer.prepare();

  await idle.start({ ...env, HEARTH_PROVISIONER_DAEMONS: "0" });

  expect(idle.output).toContain("The starter template waits for a provisioner");
  const client = await idle.logIn();
  expect(await client.call(endpoints.templates.listTemplates, {})).toEqual([]);

  await using working = await RealServer.prepare();
  await working.start(env);
  for (;;) {
    const names = (await client.call(endpoints.templates.listTemplates, {})).map(({ name }) => name);
    if (names.length > 0) {
      expect(names).toEqual(["starter"]);
      break;
    }
  }
  expect(await idle.stop()).toBe(0);
});
