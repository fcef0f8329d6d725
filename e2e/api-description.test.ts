import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { endpoints, type EndpointShape } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";

test("docs/openapi.json is what a server says of itself; npm run generate writes it", async () => {
  await using deployment = await Deployment.create();

  const answer = await fetch(new URL("/api/docs/openapi.json", deployment.url));
  const document: unknown = await answer.json();

  await expect(`${JSON.stringify(document, null, 1)}\n`).toMatchFileSnapshot(
    join(import.meta.dirname, "../docs/openapi.json"),
  );
});

test("every route that clients may call has a handler", async () => {
  const described = JSON.parse(await readFile(join(import.meta.dirname, "../docs/openapi.json"), "utf8")) as {
    paths: Record<string, Record<string, unknown>>;
  }; // written by the server, as the test above holds
  const areas: readonly Readonly<Record<string, EndpointShape>>[] = Object.values(endpoints);
  const all = areas.flatMap((area) => Object.values(area));

  const dead = all.filter(({ method, path }) => described.paths[path]?.[method.toLowerCase()] === undefined);

  expect(dead.map(({ operation }) => operation)).toEqual([]);
});
