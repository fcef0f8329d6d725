import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient, endpoints, type Client } from "@hearth/sdk";
import { codeOf } from "@hearth/testkit";
import { Asking } from "./access/asking.ts";
import { accessTable, type Actor } from "./access/table.ts";
import { AccessWorld, archive, freshName } from "./access/world.ts";

let world: AccessWorld;
let asking: Asking;

beforeAll(async () => {
  world = await AccessWorld.create();
  asking = await Asking.of(world);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** A token of the actor's that reaches what is listed. */
async function tokenFor(actor: Actor, allowList: readonly string[], scopes?: string[]): Promise<string> {
  const { key } = await clientOf(world.tokenOf(actor)).call(endpoints.tokens.createToken, {
    params: { user: "me" },
    body: { allow_list: [...allowList], ...(scopes === undefined ? {} : { scopes }) },
  });
  return key;
}

function clientOf(token: string | undefined): Client {
  return createClient({ url: world.deployment.url, token });
}

/** The same for everybody who is logged in: nothing of anybody's is in these answers. */
const sameForAll = [
  "GET /api/v2/applications/host",
  "POST /api/v2/authcheck",
  "GET /api/v2/deployment/ssh",
  "GET /api/v2/experiments",
  "GET /api/v2/experiments/available",
  "GET /api/v2/external-auth",
  "GET /api/v2/regions",
  "GET /api/v2/workspaceagents/connection",
];
/** Answered with what the token reaches, which may be nothing. */
const lists = [
  "GET /api/experimental/chats",
  "GET /api/experimental/chats/watch",
  "GET /api/v2/chats",
  "GET /api/v2/chats/watch",
  "GET /api/v2/groups",
  "GET /api/v2/organizations",
  "GET /api/v2/templates",
  "GET /api/v2/users",
  "GET /api/v2/workspace-events",
  "GET /api/v2/workspaces",
];

/** Operations that ask for a log-in of a user, but for ending the very session. */
function guarded(actor: "owner" | "holder") {
  return accessTable.filter(
    ({ operation, verdicts }) =>
      verdicts.nobody === "401" && verdicts[actor] !== "401" && operation !== "POST /api/v2/users/logout",
  );
}

describe.for(["owner", "holder"] as const)("a token of the %s's", (actor) => {
  test("that holds one id which is nothing's reaches no operation, and its lists are empty", async () => {
    const token = await tokenFor(actor, [`workspace:${randomUUID()}`]);

    const reached: string[] = [];
    for (const { operation } of guarded(actor)) {
      const verdict = await asking.verdictFor(operation, actor, token);
      if (!/^40[34]$/.test(verdict)) reached.push(`${operation} ${verdict}`);
    }

    expect(reached.toSorted()).toEqual([...sameForAll, ...lists].map((operation) => `${operation} yes`).toSorted());
    const client = clientOf(token);
    expect(await client.call(endpoints.groups.listGroups, {})).toEqual([]);
    expect(await client.call(endpoints.organizations.listOrganizations, {})).toEqual([]);
    expect(await client.call(endpoints.templates.listTemplates, {})).toEqual([]);
    expect(await client.call(endpoints.users.listUsers, {})).toEqual({ users: [], count: 0 });
    expect(await client.call(endpoints.workspaces.listWorkspaces, {})).toEqual({ workspaces: [], count: 0 });
    expect(await client.call(endpoints.chats.listChats, {})).toEqual([]);
  });

  // Of each kind: what stands in the token's list, and the operations that it opens. Lists of other kinds in it are empty.
  test.for<[kind: string, entry: (names: AccessWorld["names"]) => string, opens: RegExp, emptyLists?: RegExp]>([
    [
      "workspace",
      (names) => `workspace:${names["workspace"]}`,
      /\{workspace\}|\{workspacename\}|\{workspacebuild\}|\{workspaceagent\}/,
    ],
    ["template", (names) => `template:${names["template"]}`, /\/templates\/\{template\}|\{templateversion\}/],
    [
      "user",
      (names) => `user:${names["user"]}`,
      /^[A-Z]+ \/api\/v2\/(users|workspace-quota)\/\{user\}(\/(?!keys|workspace|organizations)|$)/,
      /\/\{user\}\/(keys\/tokens|organizations|autofill-parameters)$/,
    ],
    ["key", (names) => `api_key:${names["keyid"]}`, /\{keyid\}/],
    ["file", (names) => `file:${names["fileID"]}`, /\{fileID\}/],
    [
      "organization",
      (names) => `organization:${names["organization"]}`,
      /\/organizations\/\{organization\}$/,
      /\/(templates|groups|members|paginated-members|available-users|provisionerdaemons|provisionerjobs|chats\/model(s|-configs))$/,
    ],
  ])("that holds one %s opens what is its, and nothing else", async ([, entry, opens, emptyLists]) => {
    const token = await tokenFor(actor, [entry(world.names)]);
    const known = new Set([...sameForAll, ...lists]);

    const opened: string[] = [];
    const otherwise: string[] = [];
    for (const { operation, verdicts } of guarded(actor)) {
      if (known.has(operation)) continue;
      // What writes is mostly asked of things made for it alone, which the list does not hold.
      const verdict = await asking.verdictFor(operation, actor, token);
      if (/^40[34]$/.test(verdict)) continue;
      opened.push(operation);
      // 409 is said to whoever may, and the thing's state depends on what was asked before.
      const isItsOwn = opens.test(operation) && [verdicts[actor], "409"].includes(verdict);
      const isEmptyList = emptyLists?.test(operation) === true && !/[0-9a-f]{8}-/.test(await bodyOf(operation, token));
      if (!isItsOwn && !isEmptyList) otherwise.push(`${operation} ${verdict}`);
    }

    expect(otherwise).toEqual([]);
    // At least the thing itself is read.
    expect(opened.filter((operation) => operation.startsWith("GET ") && opens.test(operation))).not.toEqual([]);
  });
});

async function bodyOf(operation: string, token: string): Promise<string> {
  const url = asking.urlOf(operation.slice(operation.indexOf(" ") + 1));
  const answer = await fetch(url, { headers: { "Coder-Session-Token": token } });
  return await answer.text();
}

test("lists hold exactly what the token's list does", async () => {
  const another = await world.newWorkspaceId();
  const workspaceId = world.names["workspace"] ?? "";
  const templateId = world.names["template"] ?? "";
  const idsOf = async (actor: Actor, allowList: string[]) => {
    const client = clientOf(await tokenFor(actor, allowList));
    const { workspaces, count } = await client.call(endpoints.workspaces.listWorkspaces, {});
    const templates = await client.call(endpoints.templates.listTemplates, {});
    const { users } = await client.call(endpoints.users.listUsers, {});
    const organizations = await client.call(endpoints.organizations.listOrganizations, {});
    expect(count).toBe(workspaces.length);
    return [...workspaces, ...templates, ...users, ...organizations].map(({ id }) => id).toSorted();
  };

  for (const actor of ["owner", "holder"] as const) {
    expect(await idsOf(actor, [`workspace:${workspaceId}`])).toEqual([workspaceId]);
    expect(await idsOf(actor, [`workspace:${workspaceId}`, `*:${another}`])).toEqual([workspaceId, another].toSorted());
    expect(await idsOf(actor, [`template:${templateId}`])).toEqual([templateId]);
    expect(await idsOf(actor, [`user:${world.holder.id}`])).toEqual([world.holder.id]);
    expect(await idsOf(actor, [`organization:${world.names["organization"]}`])).toEqual([world.names["organization"]]);
    expect(await idsOf(actor, [`file:${workspaceId}`])).toEqual([]);
    expect(await idsOf(actor, ["workspace:*"])).toEqual(expect.arrayContaining([workspaceId, another]));
  }
});

test("lists below a thing hold what both entries name", async () => {
  const { client } = world.holder;
  const { key } = await client.call(endpoints.tokens.createToken, { params: { user: "me" }, body: {} });
  const keyId = key.slice(0, 10);
  const user = `user:${world.holder.id}`;
  const organization = `organization:${world.names["organization"]}`;
  const tokens = async (allowList: string[]) =>
    (
      await clientOf(await tokenFor("holder", allowList)).call(endpoints.tokens.listTokens, {
        params: { user: "me" },
        query: { include_all: true, include_expired: true },
      })
    ).map(({ id }) => id);
  expect(await tokens([user, `api_key:${keyId}`])).toEqual([keyId]);
  expect(await tokens([user])).toEqual([]);
  const members = async (allowList: string[]) =>
    (
      await clientOf(await tokenFor("holder", allowList)).call(endpoints.organizations.listMembersPaged, {
        params: { organization: "default" },
      })
    ).members.map(({ user_id }) => user_id);
  expect(await members([organization, `organization_member:${world.holder.id}`])).toEqual([world.holder.id]);
  expect(await members([organization])).toEqual([]);
  const organizations = await clientOf(await tokenFor("holder", [user])).call(endpoints.users.listUserOrganizations, {
    params: { user: "me" },
  });
  expect(organizations).toEqual([]);
});

test("a token that is bound to ids makes nothing new, and with a kind's every id that kind", async () => {
  const template = `template:${world.names["template"]}`;
  const make = async (allowList: string[]) => {
    const client = clientOf(await tokenFor("holder", allowList));
    return await codeOf(
      client.call(endpoints.workspaces.createWorkspace, {
        params: { user: "me" },
        body: { template_id: world.names["template"], name: freshName() },
      }),
    );
  };
  expect(await make([template, `workspace:${world.names["workspace"]}`])).toBe("not_found");
  expect(await make(["workspace:*"])).toBe("validation_failed"); // as for a template that is not there
  expect(await make([template, "workspace:*"])).toBe("yes");

  const upload = async (allowList: string[]) =>
    await codeOf(
      clientOf(await tokenFor("holder", allowList)).call(endpoints.files.uploadFile, { body: await archive() }),
    );
  expect(await upload([`file:${world.names["fileID"]}`])).toBe("not_found");
  expect(await upload(["file:*"])).toBe("yes");
});

test("an event stream tells of what the list holds, and of nothing else", async () => {
  const another = await world.newWorkspaceId();
  const token = await tokenFor("owner", [`workspace:${another}`]);
  const stop = new AbortController();
  const answer = await fetch(new URL("/api/v2/workspace-events", world.deployment.url), {
    headers: { "Coder-Session-Token": token },
    signal: stop.signal,
  });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  await reader?.read(); // it listens from its first ping on
  for (const workspace of [world.names["workspace"] ?? "", another]) {
    await world.deployment.client.call(endpoints.workspaces.postWorkspaceUsage, { params: { workspace }, body: {} });
  }
  let heard = "";
  while (!heard.includes(another)) heard += (await reader?.read())?.value ?? "";
  stop.abort();

  expect(heard).not.toContain(world.names["workspace"]);
});

describe("no token makes one that may do more than itself", () => {
  const id = randomUUID();
  test.for<[own: string[], wanted: string[] | undefined, outcome: string]>([
    [["api_key:*", "user:*", `workspace:${id}`], [`workspace:${id}`], "yes"],
    [["api_key:*", "user:*", `workspace:${id}`], ["api_key:*", `user:${id}`], "yes"],
    [["api_key:*", "user:*", `workspace:${id}`], undefined, "forbidden"],
    [["api_key:*", "user:*", `workspace:${id}`], ["*:*"], "forbidden"],
    [["api_key:*", "user:*", `workspace:${id}`], ["workspace:*"], "forbidden"],
    [["api_key:*", "user:*", `workspace:${id}`], [`*:${id}`], "forbidden"],
    [["api_key:*", "user:*", `workspace:${id}`], [`template:${id}`], "forbidden"],
    [["*:*"], undefined, "yes"],
  ])("one with %j makes one with %j: %s", async ([own, wanted, outcome]) => {
    const client = clientOf(await tokenFor("holder", own));
    const body = wanted === undefined ? {} : { allow_list: wanted };
    expect(await codeOf(client.call(endpoints.tokens.createToken, { params: { user: "me" }, body }))).toBe(outcome);
  });

  test("nor gives a role to somebody who may do more with it than itself", async () => {
    const kinds = ["user", "assign_role", "assign_org_role", "organization_member", "organization"];
    const list = kinds.map((kind) => `${kind}:*`);
    const client = clientOf(await tokenFor("owner", list));
    const { id, client: owned } = await world.newMember();
    const organization = world.names["organization"] ?? "";
    const site = (by: Client, roles: string[]) =>
      codeOf(by.call(endpoints.users.updateUserRoles, { params: { user: id }, body: { roles } }));
    const inside = (by: Client, roles: string[]) =>
      codeOf(
        by.call(endpoints.organizations.updateMemberRoles, { params: { organization, user: id }, body: { roles } }),
      );

    expect(await site(client, ["owner"])).toBe("forbidden");
    expect(await inside(client, ["organization-admin"])).toBe("forbidden");
    expect((await owned.call(endpoints.users.getUser, { params: { user: "me" } })).roles).toEqual([]);

    const session = clientOf(world.tokenOf("owner"));
    expect(await inside(session, ["organization-admin"])).toBe("yes");
    expect(await site(session, ["owner"])).toBe("yes");
    // What it takes away makes nobody wider.
    expect(await inside(client, [])).toBe("yes");
    expect(await site(client, [])).toBe("yes");
  });

  test("nor a session, nor an account, nor another's password", async () => {
    const wide = ["api_key:*", "user:*", "assign_role:*", "organization_member:*", "organization:*"];
    const client = clientOf(await tokenFor("owner", wide));
    const member = await world.newMember();
    const password = "An0ther-Passw0rd";
    const username = freshName();

    expect(await codeOf(client.call(endpoints.tokens.createSessionKey, { params: { user: "me" } }))).toBe("forbidden");
    const account = { username, email: `${username}@example.com`, password };
    expect(await codeOf(client.call(endpoints.users.createUser, { body: account }))).toBe("forbidden");
    const change = { params: { user: member.id }, body: { password } };
    expect(await codeOf(client.call(endpoints.users.updateUserPassword, change))).toBe("forbidden");
    // One's own needs the old one, which proves more than any token.
    const own = clientOf(
      (
        await member.client.call(endpoints.tokens.createToken, {
          params: { user: "me" },
          body: { allow_list: [`user:${member.id}`] },
        })
      ).key,
    );
    const body = { old_password: member.password, password };
    expect(await codeOf(own.call(endpoints.users.updateUserPassword, { params: { user: "me" }, body }))).toBe("yes");
  });
});

test.for<[wanted: unknown[], field: string | undefined]>([
  [["workspace:*", { type: "template", id: "*" }], undefined],
  [[], "allow_list"],
  [["workspace"], "allow_list"],
  [["workspace:"], "allow_list"],
  [["planet:*"], "allow_list"],
  [["workspace:not-an-id"], "allow_list"],
  [["workspace:*:*"], "allow_list"],
  [[{ type: "workspace", id: "x" }], "allow_list"],
])("an allow list %j is refused on field %s", async ([wanted, field]) => {
  const { client } = world.holder;
  const call = client.call(endpoints.tokens.createToken, {
    params: { user: "me" },
    body: { allow_list: wanted as string[] },
  });
  if (field === undefined) await call;
  else await expect(call).rejects.toMatchObject({ status: 400, validations: [expect.objectContaining({ field })] });
});
