import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { Client as Postgres } from "pg";
import { endpoints } from "@hearth/sdk";
import { Deployment, pushTemplate, RealServer } from "@hearth/testkit";

const manifestWith = (validation: string) => `
parameters:
  - name: project
    default: aaa
    mutable: true
    validation: { ${validation} }
workspace: { engine: process }
agents: [{ name: main }]
`;

// An engine that goes back tries two to the power of forty ways to match this.
const pattern = "^(a+)+$";
const value = `${"a".repeat(40)}!`;

test("a template's pattern does not stop the server for anybody", async () => {
  await using server = await RealServer.prepare();
  // Whoever is stopped does not hear that it shall end.
  onTestFailed(() => server.kill());
  await server.start();
  const client = await server.logIn();
  const manifest = manifestWith(`regex: "${pattern}", error: "only a, not {value}"`);
  const template = await pushTemplate(client, "patterns", manifest);

  const created = client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { name: "stuck", template_id: template.id, rich_parameter_values: [{ name: "project", value }] },
  });

  await expect(created).rejects.toMatchObject({
    status: 400,
    validations: [{ field: "project", detail: `only a, not ${value}` }],
  });
  expect((await fetch(new URL("/api/v2/buildinfo", server.url))).status).toBe(200);
});

let deployment: Deployment;
beforeAll(async () => {
  deployment = await Deployment.create();
});
afterAll(() => deployment[Symbol.asyncDispose]());

test.for<[string, string, string]>([
  [
    "look-ahead",
    "^(?!no)a",
    '6:28: parameters[0].validation.regex: This is no regular expression that RE2 takes: there is no look-ahead and no look-behind, as in "(?!"',
  ],
  ["a back-reference", "(a)[1]\\\\1", "there are no back-references"],
  ["a repeat above 1000", "a{0,1001}", "1000 is the most"],
  ["repeats that multiply", "((a{0,100}){0,100}){0,100}", "1000 is the most"],
  ["an open group", "(a", 'missing closing ): "(a"'],
])("a pattern with %s is an import's error, with its place", async ([, regex, says]) => {
  const manifest = manifestWith(`regex: "${regex}", error: e`);

  await expect(deployment.pushTemplate("refused", manifest)).rejects.toThrow(says);
});

test("the log of the import says it, too", async () => {
  const { client } = deployment;
  await expect(deployment.pushTemplate("logged", manifestWith(`regex: "(?<=a)b", error: e`))).rejects.toThrow();
  const rows = await query("select id from template_versions order by created_at desc limit 1");
  const params = { templateversion: String(rows[0]?.["id"]) };

  const lines = await client.call(endpoints.templateVersions.getTemplateVersionLogs, { params });

  expect(lines).toContainEqual(
    expect.objectContaining({ log_level: "error", output: expect.stringContaining("hearth.yaml:6:27: ") as string }),
  );
});

test("a version that was imported with such a pattern refuses values, and deletes its workspaces", async () => {
  const { client } = deployment;
  const template = await deployment.pushTemplate("imported", manifestWith(`regex: "^a+$", error: e`));
  const params = { user: "me" };
  const rich_parameter_values = [{ name: "project", value: "aa" }];
  const body = { template_id: template.id, rich_parameter_values };
  const first = await client.call(endpoints.workspaces.createWorkspace, { params, body: { ...body, name: "first" } });
  await deployment.settled(first.id);
  // The facts of a version are kept: one that no build has been made of is like one of another day.
  const second = await deployment.pushTemplate("imported", manifestWith(`regex: "^a+$", error: f`));
  await query("update template_version_parameters set validation_regex = '^(?=a)a+$'");

  const created = client.call(endpoints.workspaces.createWorkspace, { params, body: { ...body, name: "second" } });

  await expect(created).rejects.toMatchObject({
    status: 400,
    validations: [{ field: "project", detail: expect.stringContaining("pattern cannot be used") as string }],
  });
  await client.call(endpoints.builds.createBuild, {
    params: { workspace: first.id },
    body: { transition: "delete", template_version_id: second.active_version_id, rich_parameter_values },
  });
  expect((await deployment.settled(first.id)).latest_build.status).toBe("deleted");
});

async function query(text: string): Promise<Record<string, unknown>[]> {
  const database = new Postgres({ connectionString: deployment.database.connectionString });
  await database.connect();
  try {
    return (await database.query<Record<string, unknown>>(text)).rows;
  } finally {
    await database.end();
  }
}
