import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

// What the contract says of the routes that we have, held against what the server says of itself: docs/openapi.json, which
// another test keeps true, and whose schemas every answer of every test is checked against.

/** A type of the contract: a name, a shape, or the word `any`. */
type Shape =
  | "any"
  | {
      readonly ref?: string;
      readonly type?: string;
      readonly enum?: readonly string[];
      readonly array?: Shape;
      readonly map?: Shape;
      readonly object?: Readonly<Record<string, Shape>>;
    };

interface ContractRoute {
  readonly method: string;
  readonly path: string;
  readonly body?: Shape;
  readonly params?: readonly { readonly in: string; readonly name: string }[];
  readonly responses: Readonly<Record<string, Shape | null>>;
}

/** As much of a JSON schema as ours use. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly $ref?: string;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const contract = JSON.parse(read("contract.json")) as {
  routes: ContractRoute[];
  schemas: Record<string, Shape>;
}; // our own copy
const ours = JSON.parse(read("../../docs/openapi.json")) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}; // written by the server

/** Where ours differ from the contract, and why. */
const wanted: Readonly<Record<string, string>> = {
  "APIKey.username: missing": "only lists of tokens have it, and they do",
  'AgentDisplayMode: lacks ""': "an answer has a mode; none is not given",
  "CreateWorkspaceBuildRequest.state: no array": "bytes are base64 in JSON, whatever the contract's generator says",
  "UpdateWorkspaceBuildStateRequest.state: no array": "the same",
  "ChatMessagePart.context_file_content: missing": "never leaves the server",
  "ChatMessagePart.context_file_directory: missing": "never leaves the server",
  "ChatMessagePart.context_file_os: missing": "never leaves the server",
  "ChatMessagePart.context_file_skill_meta_file: missing": "never leaves the server",
  "ChatMessagePart.data: no array": "bytes are base64 in JSON",
  "ChatMessagePart.provider_metadata: missing": "never leaves the server",
  "ChatMessagePart.signature: missing": "no client of ours or theirs has it any more",
  "ChatMessagePart.skill_dir: missing": "never leaves the server",
  "ChatStreamEvent: no object": "a frame is a list of them, as recorded",
  "DynamicTool.input_schema: no array": "any JSON schema, whatever the contract's generator says",
  "uuid.NullUUID: no object": "the wire has a text or null",
  "GET /api/v2/workspaceagents/me/reinit: 200 is no JSON": "a stream of events",
  "GET /api/v2/workspaces/{}/watch: 200 is no JSON": "a stream of events",
  "GET /api/v2/workspacebuilds/{}/state: 200 is no JSON": "bytes",
  "GET /api/v2/workspaceagents/{}/watch-metadata-ws: no 200": "a WebSocket answers 101",
  "GET /api/v2/workspaces/{}/watch-ws: no 200": "a WebSocket answers 101",
  "POST /api/v2/workspaceagents/me/log-source: no 200": "the reference answers 201, as recorded",
};

/** Whatever a path calls its parameters. */
const routeOf = (method: string, path: string): string =>
  `${method.toUpperCase()} ${path.replaceAll(/\{[^}]*\}/g, "{}").replace(/(?<=.)\/$/, "")}`;

const operations = new Map(
  Object.entries(ours.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [routeOf(method, path), operation] as const),
  ),
);

/** The ways in which a value of ours may look: one schema for each type. */
function waysOf(schema: Schema): Schema[] {
  if (schema.$ref !== undefined) return waysOf(ours.components.schemas[schema.$ref.split("/").at(-1) ?? ""] ?? {});
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap(waysOf);
  if (Array.isArray(schema.type)) return (schema.type as string[]).map((type) => ({ ...schema, type }));
  return [schema];
}

function typeOf({ type, enum: values, const: value }: Schema): string {
  if (typeof type === "string") return type === "integer" ? "number" : type;
  return typeof (values?.[0] ?? value);
}

/** Every way in which our schema is not what the contract's shape says, each with the name of the shape it is in. */
function differences(shape: Shape, schema: Schema, at: string, seen: readonly string[] = []): string[] {
  if (shape === "any") return [];
  if (shape.ref !== undefined) {
    if (seen.includes(shape.ref)) return [];
    return differences(contract.schemas[shape.ref] ?? "any", schema, shape.ref, [...seen, shape.ref]);
  }
  const ways = waysOf(schema);
  if (ways.some((way) => typeOf(way) === "undefined")) return []; // anything goes
  const expected = shape.object || shape.map ? "object" : shape.array ? "array" : (shape.type ?? "any");
  const wantedType = expected === "integer" ? "number" : expected;
  const fitting = ways.filter((way) => typeOf(way) === wantedType);
  if (wantedType !== "any" && fitting.length === 0) return [`${at}: no ${wantedType}`];
  if (shape.array !== undefined) return differences(shape.array, fitting[0]?.items ?? {}, at, seen);
  if (shape.object !== undefined) return differencesOfFields(shape.object, fitting, at, seen);
  const values = fitting.flatMap((way) => way.enum ?? (way.const === undefined ? [] : [way.const]));
  if (values.length === 0) return [];
  return (shape.enum ?? []).filter((value) => !values.includes(value)).map((value) => `${at}: lacks "${value}"`);
}

function differencesOfFields(
  fields: Readonly<Record<string, Shape>>,
  schemas: readonly Schema[],
  at: string,
  seen: readonly string[],
): string[] {
  const own = Object.assign({}, ...schemas.map(({ properties }) => properties)) as Record<string, Schema>;
  if (Object.keys(own).length === 0 && schemas.some(({ additionalProperties }) => additionalProperties !== undefined)) {
    return [];
  }
  return Object.entries(fields).flatMap(([name, shape]) => {
    const schema = own[name];
    return schema === undefined ? [`${at}.${name}: missing`] : differences(shape, schema, `${at}.${name}`, seen);
  });
}

function jsonOf(content: Content | undefined): Schema | undefined {
  return content?.content?.["application/json"]?.schema;
}

function differencesOfRoute(name: string, route: ContractRoute, operation: Operation): string[] {
  const answers = Object.entries(route.responses)
    .filter(([status]) => status.startsWith("2"))
    .flatMap(([status, shape]) => {
      if (!(status in operation.responses)) return [`${name}: no ${status}`];
      if (shape === null) return [];
      const schema = jsonOf(operation.responses[status]);
      return schema === undefined ? [`${name}: ${status} is no JSON`] : differences(shape, schema, name);
    });
  const body = jsonOf(operation.requestBody);
  const asked = route.body === undefined ? [] : body ? differences(route.body, body, name) : [`${name}: takes no JSON`];
  const known = new Set(operation.parameters?.filter((one) => one.in === "query").map((one) => one.name));
  const queries = (route.params ?? [])
    .filter((one) => one.in === "query" && !known.has(one.name))
    .map((one) => `${name}?${one.name}: missing`);
  return [...answers, ...asked, ...queries];
}

test("every route of the contract that we have takes and answers what the contract says", () => {
  const found = contract.routes.flatMap((route) => {
    const name = routeOf(route.method, route.path);
    const operation = operations.get(name);
    return operation === undefined ? [`${name}: missing`] : differencesOfRoute(name, route, operation);
  });

  expect(new Set(found)).toEqual(new Set(Object.keys(wanted)));
  expect(contract.routes.length).toBeGreaterThan(130);
});
