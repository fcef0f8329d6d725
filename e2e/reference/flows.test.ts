import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { endpoints } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";
import { Correspondence } from "./correspondence.ts";
import { ask, faultsOf, isWanted, routeOf, type Answer, type Exchange } from "./exchange.ts";
import { hasCome, progressOf } from "./progress.ts";
import { referenceTemplate } from "./reference-template.ts";

// Sequences of questions where one answer depends on those before it: log-in, cookies, CSRF, tokens, search, files.

interface Step extends Exchange {
  readonly note: string;
  /** Asked without a token of its own; what `headers_sent` or the query holds may be one. */
  readonly anonymous?: true;
  readonly headers_sent?: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>> & { readonly "set-cookie"?: readonly string[] };
}

interface Flow {
  readonly flow: string;
  readonly steps: readonly Step[];
}

const apps = "a later feature: apps by path";

/** What is not replayed, and why. Whoever builds one of these takes it off the list: what is right must not stay on it. */
const leftOut: Readonly<Record<string, string>> = {
  "GET /@{user}/{workspace}/apps/{app}": apps,
  "POST /@{user}/{workspace}/apps/{app}": apps,
  "GET /api/v2/templates/{id}/daus": "a later feature: how many people use what",
};

const flows = JSON.parse(readFileSync(new URL("flows.json", import.meta.url), "utf8")) as Flow[]; // our own recording

/** What stands in the recording for every token. */
const someToken = "TOKENID000-TOKENSECRETTOKENSECRET";
/** Steps that are asked with the token that an earlier one made. */
const madeBy: Readonly<Record<string, string>> = {
  "a connect-only token on the API": "scope",
  "read scope reads": "scopes",
  "read scope makes nothing": "scopes",
  "use it": "create",
};

const ids = new Correspondence();
const made = new Map<string, string>();
let deployment: Deployment;
/** The name of ours; the recorded one's is `coder`. */
let organization = "";
/** Who asks where nothing else is said: the owner, and whoever logged in since. */
let session = "";

beforeAll(async () => {
  deployment = await Deployment.create({ env: { HEARTH_API_RATE_LIMIT: "512" } });
  const { client } = deployment;
  session = client.token ?? "";
  const [mel] = await Promise.all(["mel", "probe"].map(createMember));
  await client.call(endpoints.auth.login, { body: { email: "mel@example.com", password: "Passw0rd-of-fixture" } });
  await client.call(endpoints.users.suspendUser, { params: { user: "probe" } });
  await pushVersion("local", referenceTemplate, "inquiring_bryant74");
  const local = await pushVersion("local", `${referenceTemplate}\n# the second\n`, "v2");
  await pushVersion("dyn2", referenceTemplate, "first");
  await createWorkspace(local.id, "dev");
  await buildOnce(local.id);
  organization = local.organization_name;
  ids.learn(
    {
      organization: "0ec640ac-d4d7-40e3-8d93-a3dcc1235730",
      template: "00efbc76-652f-4c6e-a27c-cff889b44e48",
      version: "2a48cd76-9ec1-4ddd-8768-9be959c2d167",
      owner: "6400c995-9662-414f-9300-ce301cb3758f",
      member: "110f9ebb-aedc-4a6e-94c9-18618c198e90",
    },
    {
      organization: local.organization_id,
      template: local.id,
      version: local.active_version_id,
      owner: local.created_by_id,
      member: mel?.id,
    },
  );
});
afterAll(async () => {
  await deployment[Symbol.asyncDispose]();
});

async function createMember(username: string) {
  return await deployment.client.call(endpoints.users.createUser, {
    body: { username, email: `${username}@example.com`, password: "Passw0rd-of-fixture", login_type: "password" },
  });
}

async function pushVersion(template: string, manifest: string, name: string) {
  const pushed = await deployment.pushTemplate(template, manifest);
  await deployment.client.call(endpoints.templateVersions.updateTemplateVersion, {
    params: { templateversion: pushed.active_version_id },
    body: { name },
  });
  return pushed;
}

/** A workspace's whole life, from which a template knows how long its builds take. */
async function buildOnce(templateId: string): Promise<void> {
  const { id } = await createWorkspace(templateId, "once");
  for (const transition of ["stop", "delete"] as const) {
    await deployment.settled(id);
    await deployment.client.call(endpoints.builds.createBuild, { params: { workspace: id }, body: { transition } });
  }
  await deployment.settled(id);
}

async function createWorkspace(templateId: string, name: string) {
  return await deployment.client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { template_id: templateId, name },
  });
}

test.for(flows)("$flow", async ({ steps }) => {
  session = deployment.client.token ?? "";
  const faults: string[] = [];
  for (const step of steps) {
    const route = routeOf(step);
    const answer = await replay(step);
    const found = faultsOfStep(step, answer);
    if (route in leftOut) {
      // What the reference failed at itself tells nothing.
      if (found.length > 0 || step.status >= 500) continue;
      found.push("answered right by now: take it off the list");
    }
    if (isWanted(step, step.note) && answer.status < 500) continue;
    remember(step, answer);
    found.push(...ids.learn(step.response, answer.body));
    faults.push(...found.map((fault) => `${step.note} (${route}): ${fault}`));
  }

  expect(faults).toEqual([]);
});

async function replay(step: Step): Promise<Answer> {
  const path = ids
    .translate(step.path)
    .replace(someToken, session)
    .replace("organization%3Acoder", `organization%3A${organization}`);
  const url = new URL(path, deployment.url);
  const sent = Object.entries(step.headers_sent ?? {}).map(([name, value]) => [
    name,
    value.replace(someToken, session),
  ]);
  const token = made.get(madeBy[step.note] ?? "") ?? session;
  const headers = {
    ...(step.anonymous === true ? {} : { "coder-session-token": token }),
    ...(Object.fromEntries(sent) as Record<string, string>),
  };
  const request: unknown =
    step.request === undefined ? undefined : JSON.parse(ids.translate(JSON.stringify(step.request)));
  const progress = progressOf(step.response);
  const once = () => ask(url, { method: step.method, request }, headers, bytesOf(step));
  if (step.method !== "GET") return await once();
  return await deployment.until(step.note, once, ({ body }) => hasCome(progress, progressOf(body)));
}

/** What an upload sends: zeros, of which 1024 are an empty tar. */
function bytesOf({ note }: Step): Uint8Array<ArrayBuffer> | undefined {
  const [, count] = /^upload (\d+) bytes/.exec(note) ?? [];
  return count === undefined ? undefined : new Uint8Array(Number(count));
}

function remember({ note }: Step, { body }: Answer): void {
  const { session_token, key } = body as { session_token?: string; key?: string };
  session = session_token ?? session;
  if (key !== undefined) made.set(note, key);
}

function faultsOfStep(step: Step, answer: Answer): string[] {
  const { response, headers, ...exchange } = { ...step, content_type: step.headers["content-type"] };
  const isShortened = response === "…" || isSummary(response);
  const faults = [
    ...faultsOf({ ...exchange, response: isShortened ? "" : response }, answer),
    ...faultsOfHeaders(headers, answer),
  ];
  return faults.length === 0 && isSummary(response) ? faultsOfSummary(response, answer.body) : faults;
}

/** Of long lists the recording has the names alone, or what kinds of things there were. */
function isSummary(recorded: unknown): recorded is string[] | { count: number; names: string[] } | { types: string[] } {
  if (Array.isArray(recorded)) return recorded.every((name) => typeof name === "string");
  return typeof recorded === "object" && recorded !== null && ("names" in recorded || "types" in recorded);
}

function faultsOfSummary(
  recorded: string[] | { count: number; names: string[] } | { types: string[] },
  body: unknown,
): string[] {
  // Which jobs there were is what the recording's deployment had done until then.
  if ("types" in recorded) return Array.isArray(body) ? [] : ["no list"];
  const given = Array.isArray(recorded)
    ? (body as { name: string }[]).map(({ name }) => name)
    : {
        count: (body as { count: number }).count,
        names: (body as { users: { username: string }[] }).users.map(({ username }) => username),
      };
  const [expected, got] = [JSON.stringify(recorded), JSON.stringify(given)];
  return expected === got ? [] : [`${got}, expected ${expected}`];
}

/** Cookies, what an answer depends on, and limits. */
function faultsOfHeaders(headers: Step["headers"], answer: Answer): string[] {
  const expected = {
    cookies: (headers["set-cookie"] ?? []).map(withoutValue).sort(),
    vary: headers["vary"],
    limit: headers["x-ratelimit-limit"],
  };
  const given = {
    cookies: answer.headers.getSetCookie().map(withoutValue).sort(),
    vary: answer.headers.get("vary") ?? undefined,
    // The recorded deployment limited nothing else.
    limit: expected.limit === undefined ? undefined : answer.headers.get("x-ratelimit-limit"),
  };
  // No page of another origin may read anything.
  const allowed = [...answer.headers.keys()].filter((name) => name.startsWith("access-control-"));
  const [asked, got] = [JSON.stringify(expected), JSON.stringify(given)];
  return [...(asked === got ? [] : [`${got}, expected ${asked}`]), ...allowed.map((name) => `has ${name}`)];
}

/** A cookie with its attributes; of its value only whether there is one. */
function withoutValue(cookie: string): string {
  return cookie.replace(/=[^;]+/, "=<value>");
}

test("nothing is left out that was not recorded", () => {
  const recorded = new Set(flows.flatMap(({ steps }) => steps.map(routeOf)));

  expect(Object.keys(leftOut).filter((route) => !recorded.has(route))).toEqual([]);
});
