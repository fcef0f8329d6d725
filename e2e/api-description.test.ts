import { join } from "node:path";
import { expect, test } from "vitest";
import { Deployment } from "@hearth/testkit";

test("docs/openapi.json is what a server says of itself; npm run generate writes it", async () => {
  await using deployment = await Deployment.create();

  const answer = await fetch(new URL("/api/docs/openapi.json", deployment.url));
  const document: unknown = await answer.json();

  await expect(`${JSON.stringify(document, null, 1)}\n`).toMatchFileSnapshot(
    join(import.meta.dirname, "../docs/openapi.json"),
  );
});
