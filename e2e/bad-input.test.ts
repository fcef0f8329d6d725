import { execFile } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { request, type ClientRequest, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { TestFolder } from "@hearth/base/test-folder";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Client as Postgres } from "pg";
import { endpoints, toApiError, type ApiError, type Client } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";
import { forgedTar, type ForgedEntry } from "./forged-tar.ts";

// What is sent here is wrong in one way each. Asserted: the status, the words that say what is wrong with what, and that
// nothing was made of it.

const manifest = `
presets: [{ name: small, default: true }]
workspace: { engine: process }
agents: [{ name: main }]
`;
const password = "Passw0rd-of-somebody";
const MiB = 1024 * 1024;

let deployment: Deployment;
let database: Postgres;
let templateId: string;
let workspaceId: string;

beforeAll(async () => {
  deployment = await Deployment.create();
  database = new Postgres({ connectionString: deployment.database.connectionString });
  await database.connect();
  const { client } = deployment;
  await deployment.createMember("ada");
  templateId = (await deployment.pushTemplate("plain", manifest)).id;
  const workspace = await client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { template_id: templateId, name: "taken" },
  });
  workspaceId = (await deployment.settled(workspace.id)).id;
  await client.call(endpoints.tokens.createToken, { params: { user: "me" }, body: { token_name: "taken" } });
});
afterAll(async () => {
  await database.end();
  await deployment[Symbol.asyncDispose]();
});

/** How many there are of everything that a request can make. */
async function everything(): Promise<unknown> {
  const tables = ["users", "organization_members", "api_keys", "files", "templates", "template_versions", "workspaces"];
  const counts = [...tables, "workspace_builds", "provisioner_jobs"].map(
    (table) => `(select count(*)::int from ${table}) as ${table}`,
  );
  return (await database.query(`select ${counts.join(", ")}`)).rows[0];
}

interface Asked {
  readonly method?: string;
  readonly path: string;
  /** Sent as it is when it is a text or bytes, else as JSON. */
  readonly body?: unknown;
  readonly type?: string;
  readonly token?: string;
}

/** Asks as the owner for what must be refused. @throws when something was made of it all the same */
async function refusal({ method = "POST", path, body, type = "application/json", token }: Asked): Promise<ApiError> {
  const before = await everything();
  const raw = typeof body === "string" || body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body);
  const answer = await fetch(new URL(`/api/v2${path}`, deployment.url), {
    method,
    headers: { "Coder-Session-Token": token ?? deployment.client.token ?? "", "Content-Type": type },
    ...(body === undefined ? {} : { body: raw }),
  });
  expect(answer.status).toBeGreaterThanOrEqual(400);
  await expect(everything()).resolves.toEqual(before);
  return await toApiError(answer);
}

/** Words that a refusal must say: in `message`, in `detail`, or of a field. */
type Words = Readonly<Record<string, RegExp>>;

function expectWords(error: ApiError, words: Words): void {
  const said = {
    message: error.message,
    detail: error.detail,
    ...Object.fromEntries(error.validations.map(({ field, detail }) => [field, detail])),
  };
  const wanted = Object.entries(words).map(([where, what]) => [where, expect.stringMatching(what) as unknown]);
  expect(said).toMatchObject(Object.fromEntries(wanted) as object);
}

const workspaceWith = (fields: object) => () => ({
  path: "/users/me/workspaces",
  body: { template_id: templateId, name: "fresh", ...fields },
});
const templateWith = (fields: object) => () => ({
  path: "/organizations/default/templates",
  body: { name: "fresh", template_version_id: randomUUID(), ...fields },
});
const versionWith = (fields: object) => () => ({
  path: "/organizations/default/templateversions",
  body: { storage_method: "file", file_id: randomUUID(), provisioner: "terraform", ...fields },
});
const userWith = (fields: object) => () => ({
  path: "/users",
  body: { username: "fresh", email: "fresh@example.com", password, ...fields },
});
const tokenWith = (fields: object) => () => ({ path: "/users/me/keys/tokens", body: fields });
const buildWith = (fields: object) => () => ({
  path: `/workspaces/${workspaceId}/builds`,
  body: { transition: "start", ...fields },
});

describe("a name that breaks the rules is refused, and the rule told", () => {
  const lettersAndDigits = /letters and digits, with single dashes/;
  test.for<[string, () => Asked, Words]>([
    ["a workspace without a name", workspaceWith({ name: "" }), { name: /needs a name/ }],
    ["a workspace's with an underscore", workspaceWith({ name: "a_b" }), { name: lettersAndDigits }],
    ["a workspace's with two dashes", workspaceWith({ name: "a--b" }), { name: lettersAndDigits }],
    ["a workspace's of 33 characters", workspaceWith({ name: "a".repeat(33) }), { name: /at most 32 .* not 33/ }],
    ["a workspace's that the dashboard needs", workspaceWith({ name: "New" }), { name: /"New" is reserved/ }],
    ["a template's with a blank", templateWith({ name: "a b" }), { name: lettersAndDigits }],
    ["a template's shown with U+0000", templateWith({ display_name: "a\0" }), { display_name: /U\+0000/ }],
    ["a version's with a slash", versionWith({ name: "a/b" }), { name: /single dots, dashes or underscores/ }],
    ["a user's with a dot", userWith({ username: "a.b" }), { username: lettersAndDigits }],
    ["a user's e-mail address without a domain", userWith({ email: "fresh" }), { email: /no e-mail address/ }],
    ["a user's e-mail address without an end", userWith({ email: `${noise()}@x` }), { email: /at most 254/ }],
    ["a token's with U+0000", tokenWith({ token_name: "a\0b" }), { token_name: /U\+0000/ }],
    ["a token's without an end", tokenWith({ token_name: noise() }), { token_name: /at most 128/ }],
  ])("%s", async ([, asked, words]) => {
    const error = await refusal(asked());

    expect(error.status).toBe(400);
    expectWords(error, words);
  });
});

describe("a name that is taken is a conflict, without regard to case where names have none", () => {
  test.for<[string, () => Asked, Words]>([
    ["a workspace's", workspaceWith({ name: "TAKEN" }), { message: /"TAKEN" already exists/, name: /in use/ }],
    ["a template's", templateWith({ name: "Plain" }), { message: /"Plain" already exists/, name: /in use/ }],
    ["a user's", userWith({ username: "ADA" }), { message: /already exists/, username: /in use/ }],
    ["a user's e-mail", userWith({ email: "ADA@example.com" }), { message: /already exists/, email: /in use/ }],
    ["a token's", tokenWith({ token_name: "taken" }), { message: /"taken" already exists/, name: /in use/ }],
  ])("%s", async ([, asked, words]) => {
    const error = await refusal(asked());

    expect(error.status).toBe(409);
    expectWords(error, words);
  });
});

describe("what does not exist is named", () => {
  const unknown = randomUUID();
  test.for<[string, () => Asked, status: number, Words]>([
    ["a workspace's template", workspaceWith({ template_id: unknown }), 400, { template_id: /not found/ }],
    [
      "a workspace's version",
      workspaceWith({ template_id: undefined, template_version_id: unknown }),
      400,
      { message: new RegExp(unknown), template_version_id: /not found/ },
    ],
    [
      "a workspace's preset",
      workspaceWith({ template_version_preset_id: unknown }),
      400,
      { message: /has no such preset/, template_version_preset_id: /no preset of this template version/ },
    ],
    ["a build's version", buildWith({ template_version_id: unknown }), 400, { message: /version/ }],
    ["a build's preset", buildWith({ template_version_preset_id: unknown }), 400, { message: /no such preset/ }],
    ["a template's version", templateWith({}), 404, { template_version_id: /does not exist/ }],
    [
      "a version to promote",
      () => ({ method: "PATCH", path: `/templates/${templateId}/versions`, body: { id: unknown } }),
      404,
      { message: /version not found/ },
    ],
    ["a version's template", versionWith({ template_id: unknown }), 404, { message: /Template does not exist/ }],
    ["a version's archive", versionWith({}), 404, { message: /File not found/ }],
    ["a version's example", versionWith({ file_id: undefined, example_id: "nope" }), 400, { message: /"nope"/ }],
    ["a user's organization", userWith({ organization_ids: [unknown] }), 404, { message: new RegExp(unknown) }],
    ["a user's role", userWith({ roles: ["king"] }), 400, { roles: /"king" cannot be given; there are owner/ }],
    ["a token's scope", tokenWith({ scopes: ["nope"] }), 400, { scopes: /"nope" is no scope/ }],
    ["a route", () => ({ path: "/nope" }), 404, { message: /Route not found/ }],
    ["a user whose name is no text", () => ({ method: "GET", path: "/users/a%00b" }), 404, { message: /not found/ }],
  ])("%s", async ([, asked, status, words]) => {
    const error = await refusal(asked());

    expect(error.status).toBe(status);
    expectWords(error, words);
  });
});

describe("what cannot be read is refused, and where it stops making sense told", () => {
  const ofWorkspace = (body: unknown, type?: string) => () => ({
    path: "/users/me/workspaces",
    body,
    ...(type === undefined ? {} : { type }),
  });
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  test.for<[string, () => Asked, status: number, Words]>([
    ["half a JSON", ofWorkspace('{"name":'), 400, { message: /must be valid JSON/, detail: /JSON/ }],
    ["no body", ofWorkspace(""), 400, { detail: /the body is empty/ }],
    ["a form", ofWorkspace("name=x", "application/x-www-form-urlencoded"), 400, { detail: /not valid JSON/ }],
    ["bytes that are no text", ofWorkspace(new Uint8Array([0x22, 0xff, 0x22])), 400, { detail: /encoded data/ }],
    ["a list in the place of an object", ofWorkspace([]), 400, { detail: /expected object, received array/ }],
    ["a nest of a hundred thousand lists", ofWorkspace(deep), 400, { detail: /deeper than 64 levels/ }],
    ["a number in the place of a name", workspaceWith({ name: 7 }), 400, { detail: /^name: .*expected string/ }],
    ["a word in the place of a time", workspaceWith({ ttl_ms: "soon" }), 400, { detail: /^ttl_ms: .*number/ }],
    ["a word in the place of an id", workspaceWith({ template_id: "plain" }), 400, { template_id: /must be a UUID/ }],
    ["a choice that there is not", buildWith({ transition: "fly" }), 400, { transition: /"start"/ }],
    ["neither template nor version", workspaceWith({ template_id: undefined }), 400, { template_id: /either/ }],
    ["a schedule that is none", workspaceWith({ autostart_schedule: "often" }), 400, { schedule: /5 fields/ }],
    ["a life of less than nothing", tokenWith({ lifetime: -1 }), 400, { lifetime: /from one second/ }],
    ["a weak password", userWith({ password: "short" }), 400, { password: /insecure/ }],
    ["a word in the place of a count", () => get("/workspaces?limit=many"), 400, { limit: /whole number.*"many"/ }],
    ["U+0000 in a search", () => get("/users?q=a%00b"), 400, { q: /U\+0000/ }],
    ["a word in the place of an id in a path", () => get("/workspaces/dev"), 400, { message: /Invalid UUID "dev"/ }],
    ["an archive of an unknown kind", archiveOf("x", "text/plain"), 400, { detail: /application\/x-tar/ }],
    ["a zip that is none", archiveOf("x", "application/zip"), 400, { detail: /not a zip file/ }],
    ["more JSON than any request needs", workspaceWith({ name: "x".repeat(2 * MiB) }), 413, { message: /1 MiB/ }],
  ])("%s", async ([, asked, status, words]) => {
    const error = await refusal(asked());

    expect(error.status).toBe(status);
    expectWords(error, words);
  });

  function get(path: string): Asked {
    return { method: "GET", path };
  }

  function archiveOf(body: string, type: string) {
    return (): Asked => ({ path: "/files", body, type });
  }
});

describe("an upload of 2 GiB is refused early", () => {
  test("when its length is told: before a byte of it was sent", async () => {
    const before = await everything();
    const upload = begin({ "Content-Length": String(2 * 1024 * MiB) });
    upload.flushHeaders();

    const answer = await answerTo(upload);

    expect(answer).toMatchObject({ status: 413, body: { message: expect.stringContaining("100 MiB") as string } });
    await expect(everything()).resolves.toEqual(before);
  });

  test("when its length is not told: once it is too long", async () => {
    const before = await everything();
    const upload = begin({ "Transfer-Encoding": "chunked" });
    let sentMiB = 0;
    let isAnswered = false;
    upload.once("response", () => (isAnswered = true));
    const chunk = Buffer.alloc(MiB);
    const sendOn = () => {
      if (isAnswered || sentMiB === 2 * 1024) return;
      sentMiB++;
      upload.write(chunk, sendOn);
    };
    sendOn();

    const answer = await answerTo(upload);

    expect(answer).toMatchObject({ status: 413, body: { message: expect.stringContaining("100 MiB") as string } });
    // The limit, and what was on its way: the server held no more than what it was sent.
    expect(sentMiB).toBeLessThan(150);
    await expect(everything()).resolves.toEqual(before);
  });

  test("and whoever sends on all the same is not cut off before it can read why", async () => {
    const upload = begin({ "Transfer-Encoding": "chunked", Connection: "close" });
    const errors: Error[] = [];
    upload.on("error", (error) => errors.push(error));
    const answer = answerTo(upload);
    const chunk = Buffer.alloc(MiB);
    for (let sentMiB = 0; sentMiB < 120; sentMiB++) {
      await new Promise<void>((resolve) => {
        upload.write(chunk, () => resolve());
      });
    }

    expect(errors).toEqual([]);
    await expect(answer).resolves.toMatchObject({ status: 413 });
  });

  test("and whoever is not logged in is refused before that", async () => {
    const upload = begin({ "Content-Length": String(2 * 1024 * MiB), "Coder-Session-Token": "nonsense" });
    upload.flushHeaders();

    await expect(answerTo(upload)).resolves.toMatchObject({ status: 401 });
  });

  function begin(headers: Record<string, string>): ClientRequest {
    const own = { "Coder-Session-Token": deployment.client.token ?? "", "Content-Type": "application/x-tar" };
    const upload = request(new URL("/api/v2/files", deployment.url), {
      method: "POST",
      headers: { ...own, ...headers },
    });
    onTestFinished(() => void upload.on("error", () => undefined).destroy());
    return upload;
  }

  async function answerTo(upload: ClientRequest): Promise<{ status: number | undefined; body: unknown }> {
    const [response] = (await once(upload, "response")) as [IncomingMessage];
    const body = JSON.parse(await textOf(response)) as unknown;
    return { status: response.statusCode, body };
  }
});

describe("an archive that would write elsewhere is refused by its import, and writes nowhere", () => {
  const mark = `escaped-${randomUUID()}`;
  const elsewhere = join(tmpdir(), mark);
  test.for<[string, ForgedEntry[], RegExp]>([
    ["a path that climbs out", [{ name: `../${mark}`, text: "x" }], /leads out|\.\./],
    ["a path that climbs out from within", [{ name: `a/../../${mark}`, text: "x" }], /leads out|\.\./],
    ["an absolute path", [{ name: elsewhere, text: "x" }], /absolute/],
    [
      "a file through a link out",
      [
        { name: "out", symbolicLinkTo: tmpdir() },
        { name: `out/${mark}`, text: "x" },
      ],
      /points outside/,
    ],
    ["a link to a file outside", [{ name: "users", symbolicLinkTo: "../../../../etc/passwd" }], /points outside/],
    ["a hard link to a file outside", [{ name: "users", hardLinkTo: "/etc/passwd" }], /no file before it/],
  ])("%s", async ([, entries, words]) => {
    const { client } = deployment;
    const body = forgedTar({ name: "hearth.yaml", text: manifest }, ...entries);
    const { hash } = await client.call(endpoints.files.uploadFile, { body: Buffer.from(body) });
    const version = await client.call(endpoints.templateVersions.createTemplateVersion, {
      params: { organization: "default" },
      body: { storage_method: "file", file_id: hash, provisioner: "terraform" },
    });
    const params = { templateversion: version.id };

    const { job } = await deployment.until(
      "the import has ended",
      () => client.call(endpoints.templateVersions.getTemplateVersion, { params }),
      (it) => it.job.completed_at !== undefined,
    );

    expect(job).toMatchObject({ status: "failed", error: expect.stringMatching(words) as string });
    expect(job.error).toContain(entries[0]?.name ?? "");
    const error = await refusal(templateWith({ template_version_id: version.id })());
    expect(error.status).toBe(400);
    expectWords(error, { message: /did not succeed/, detail: words });
    const written = [...(await readdir(tmpdir())), ...(await readdir(deployment.dataDir, { recursive: true }))];
    expect(written.filter((path) => basename(path) === mark)).toEqual([]);
  });
});

describe("a token that no longer counts, or never did, makes nothing", () => {
  const owner = (): Client => deployment.client;
  test.for<[string, (member: Client, userId: string) => Promise<unknown>, RegExp]>([
    [
      "an expired one",
      async (_, userId) =>
        await database.query("update api_keys set expires_at = now() - interval '1 minute' where user_id = $1", [
          userId,
        ]),
      /^API key expired at "\d{4}-/,
    ],
    [
      "a deleted user's",
      async (_, user) => await owner().call(endpoints.users.deleteUser, { params: { user } }),
      /API key is invalid/,
    ],
    [
      "a suspended user's",
      async (_, user) => await owner().call(endpoints.users.suspendUser, { params: { user } }),
      /not active \(status = "suspended"\)/,
    ],
    [
      "one of whose password was changed",
      async (_, user) =>
        await owner().call(endpoints.users.updateUserPassword, { params: { user }, body: { password } }),
      /API key is invalid/,
    ],
    ["one that was logged out", async (member) => await member.call(endpoints.auth.logout, {}), /API key is invalid/],
  ])("%s", async ([, spoil, detail]) => {
    const member = await deployment.createMember(`m${randomUUID().slice(0, 8)}`);
    const { id } = await member.call(endpoints.users.getUser, { params: { user: "me" } });
    await spoil(member, id);

    const error = await refusal({ ...workspaceWith({})(), token: member.token ?? "" });

    expect(error.status).toBe(401);
    expectWords(error, { message: /sign in again/, detail });
  });

  test.for<[string, () => string]>([
    ["the right id with another secret", () => `${owner().token?.slice(0, 11)}${"x".repeat(22)}`],
    ["another shape", () => "nonsense"],
    ["one with U+0000", () => "a%00b"],
  ])("%s", async ([, token]) => {
    const { path, body } = workspaceWith({})();
    const error = await refusal({ path: `${path}?coder_session_token=${token()}`, body, token: "" });

    expect(error.status).toBe(401);
    expectWords(error, { message: /sign in again/, detail: /API key is invalid/ });
  });
});

describe("the command line says what is wrong and what to do, and ends with the status for it", () => {
  let scratch: TestFolder;
  let home: string;
  beforeAll(() => {
    scratch = new TestFolder();
    home = scratch.path;
  });
  afterAll(async () => {
    await scratch[Symbol.asyncDispose]();
  });

  const inUse = "  name: This value is already in use and should be unique.";
  const dashes = '"a_b" must be letters and digits, with single dashes between them';
  const unreachable = (url: string) => `error: Hearth at ${url} cannot be reached: check the address and that it runs.`;
  test.for<[line: string, status: number, stderr: () => string[], env?: Readonly<Record<string, string>>]>([
    [
      "create fresh --template nope",
      1,
      () => ['error: There is no template "nope".', "List them with: hearth templates list"],
    ],
    [
      "create fresh --template plain --preset nope",
      2,
      () => ['error: The template has no preset "nope"; it has small, or none'],
    ],
    [
      "create fresh --template plain --template-version nope",
      1,
      () => ['error: Template "plain" has no version "nope".', "List them with: hearth templates versions list plain"],
    ],
    ["create a_b --template plain", 1, () => ["error: Validation failed.", `  name: ${dashes}`]],
    [
      "create taken --template plain",
      1,
      () => ['error: Workspace "taken" already exists.', inUse, "Choose another name; list yours with: hearth list"],
    ],
    [
      "tokens create --name taken",
      1,
      () => ['error: A token with name "taken" already exists.', inUse, "Choose another one."],
    ],
    [
      "templates push a_b --directory .",
      2,
      () => ['error: "a_b" is neither a directory nor a name for a template (letters, digits, hyphens; up to 32)'],
    ],
    [
      "list",
      1,
      () => [
        "error: You are signed out or your session has expired. Please sign in again to continue.",
        "  API key is invalid.",
        `Log in with: hearth login ${deployment.url}`,
      ],
      { HEARTH_SESSION_TOKEN: "nonsense" },
    ],
    ["list", 1, () => [unreachable("http://127.0.0.1:1")], { HEARTH_URL: "http://127.0.0.1:1" }],
    ["fly", 2, () => ["error: unknown command 'fly'", "See: hearth --help"]],
  ])("hearth %s", async ([line, status, stderr, env = {}]) => {
    const before = await everything();

    const ran = await hearth(line.split(" "), env);

    expect(ran).toEqual({
      status,
      stdout: "",
      stderr: stderr()
        .map((text) => `${text}\n`)
        .join(""),
    });
    await expect(everything()).resolves.toEqual(before);
  });

  function hearth(words: readonly string[], env: Readonly<Record<string, string>>) {
    const { promise, resolve } = Promise.withResolvers<{ status: unknown; stdout: string; stderr: string }>();
    const bin = join(import.meta.dirname, "../packages/cli/bin/hearth.mjs");
    const own = {
      HEARTH_URL: deployment.url,
      HEARTH_SESSION_TOKEN: deployment.client.token ?? "",
      HEARTH_CONFIG_DIR: home,
    };
    const child = execFile(
      process.execPath,
      [bin, ...words],
      { cwd: home, env: { PATH: process.env["PATH"], HOME: home, ...own, ...env } },
      (error, stdout, stderr) => resolve({ status: error?.code ?? 0, stdout, stderr }),
    );
    child.stdin?.end();
    return promise;
  }
});

/** More than an index can hold, and nothing that compresses. */
function noise(): string {
  return randomBytes(8_000).toString("hex");
}
