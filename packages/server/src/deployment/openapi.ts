import { z } from "zod";
import type { Access, Route } from "../ground/http/index.ts";
import { hearthVersion } from "./version.ts";

interface Operation {
  operationId: string;
  summary: string;
  tags: string[];
  security: Record<string, string[]>[];
  parameters?: object[];
  requestBody?: object;
  responses: Record<string, object>;
  "x-websocket"?: true;
}

export interface OpenApiDocument {
  openapi: "3.1.0";
  info: { title: string; version: string; license: { name: string } };
  paths: Record<string, Record<string, Operation>>;
  components: object;
}

/** The API as OpenAPI 3.1, made from the routes. Sorted, so that a change of the API is a readable change of the file. */
export function openApiDocument(routes: readonly Route[]): OpenApiDocument {
  const paths: OpenApiDocument["paths"] = {};
  const sorted = [...routes].sort((a, b) =>
    a.endpoint.path < b.endpoint.path ? -1 : a.endpoint.path > b.endpoint.path ? 1 : 0,
  );
  for (const { endpoint, definition } of sorted) {
    const operations = (paths[endpoint.path] ??= {});
    const names = [...endpoint.path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? "");
    const query = endpoint.query === undefined ? [] : Object.entries(endpoint.query.shape);
    const parameters = [
      ...names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } })),
      ...query.map(([name, schema]) => ({ name, in: "query", schema: toSchema(schema as z.ZodType) })), // a shape holds schemas
    ];
    operations[endpoint.method.toLowerCase()] = {
      operationId: endpoint.operation,
      summary: endpoint.summary,
      tags: [tagOf(endpoint.path)],
      security: definition.access === "public" ? [] : [{ session: [] }],
      ...(parameters.length === 0 ? {} : { parameters }),
      ...(endpoint.body === undefined ? {} : { requestBody: requestBody(endpoint.body) }),
      responses: {
        ...Object.fromEntries(Object.entries(endpoint.responses).map(([status, body]) => [status, response(body)])),
        ...(endpoint.socket === true ? { 101: { description: "Upgraded to a WebSocket" } } : {}),
        ...refusals(definition.access),
      },
      ...(endpoint.socket === true ? { "x-websocket": true as const } : {}),
    };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Hearth", version: hearthVersion, license: { name: "Apache-2.0" } },
    paths,
    components: {
      securitySchemes: { session: { type: "apiKey", in: "header", name: "Coder-Session-Token" } },
      schemas: {
        Refusal: {
          type: "object",
          required: ["message"],
          properties: {
            message: { type: "string" },
            detail: { type: "string" },
            validations: {
              type: "array",
              items: { type: "object", properties: { field: { type: "string" }, detail: { type: "string" } } },
            },
            code: { type: "string" },
          },
        },
      },
    },
  };
}

function refusals(access: Access): Record<string, object> {
  const refusal = (description: string) => ({
    description,
    content: { "application/json": { schema: { $ref: "#/components/schemas/Refusal" } } },
  });
  return {
    400: refusal("Something about the request is wrong; the message says what"),
    ...(access === "public" ? {} : { 401: refusal("Not logged in"), 404: refusal("Not there, or not yours to see") }),
  };
}

function requestBody(body: z.ZodType | "raw"): object {
  if (body === "raw") return { content: { "application/x-tar": { schema: { type: "string", format: "binary" } } } };
  return { content: { "application/json": { schema: toSchema(body) } } };
}

function response(body: z.ZodType | null | "raw" | "events"): object {
  if (body === null) return { description: "Done" };
  if (body === "raw") return { description: "Bytes", content: { "application/octet-stream": {} } };
  if (body === "events") return { description: "Server-sent events", content: { "text/event-stream": {} } };
  return { description: "Done", content: { "application/json": { schema: toSchema(body) } } };
}

function toSchema(schema: z.ZodType): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest;
}

function tagOf(path: string): string {
  return path.replace(/^\/api\/(?:v2|experimental)\//, "").split("/")[0] || "root";
}
