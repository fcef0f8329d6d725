import { readFileSync } from "node:fs";
import { ScalarType } from "@bufbuild/protobuf";
import type { DescEnum, DescField, DescFile, DescMessage } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { file_agent } from "../gen/agent_pb.ts";
import { file_tailnet } from "../gen/tailnet_pb.ts";

// The contract with agents that exist already, as a table: names, numbers, types, of every message, enum and method.
interface TableField {
  no: number;
  name: string;
  type: string;
  label?: string;
  oneof?: string;
}
interface TableMethod {
  request: string;
  response: string;
  client_stream?: boolean;
  server_stream?: boolean;
}
interface TablePackage {
  services: Record<string, Record<string, TableMethod>>;
  enums: Record<string, Record<string, number>>;
  messages: Record<string, TableField[]>;
}
const table = JSON.parse(readFileSync(new URL("fixtures/messages.json", import.meta.url), "utf8")) as Record<
  string,
  TablePackage
>;

const files = { "coder.agent.v2": file_agent, "coder.tailnet.v2": file_tailnet };

/** What Hearth adds: field numbers from 1000 up, and one value. */
const ours: Record<string, TableField[]> = {
  Manifest: [
    { no: 1000, name: "owner_id", type: "bytes" },
    { no: 1001, name: "claim_count", type: "uint32" },
    { no: 1002, name: "host_key_seed", type: "bytes" },
    { no: 1003, name: "lifecycle_state", type: "Lifecycle.State" },
  ],
  WorkspaceAgentScript: [{ no: 1000, name: "run_on_claim", type: "bool" }],
};
const ourValues: Record<string, Record<string, number>> = { "Timing.Stage": { CLAIM: 100 } };

function allMessages(file: DescFile): DescMessage[] {
  const below = (message: DescMessage): DescMessage[] => [message, ...message.nestedMessages.flatMap(below)];
  return file.messages.flatMap(below).filter((message) => message.name !== "Entry");
}

function allEnums(file: DescFile): DescEnum[] {
  return [...file.enums, ...allMessages(file).flatMap((message) => message.nestedEnums)];
}

function scalarName(scalar: ScalarType): string {
  return ScalarType[scalar].toLowerCase();
}

/** The field as a line of the table, with full type names. */
function describeField(field: DescField): TableField {
  const type = typeOf(field);
  const isOptional = field.proto.proto3Optional;
  return {
    no: field.number,
    name: field.name,
    type,
    ...(field.fieldKind === "list" ? { label: "repeated" } : isOptional ? { label: "optional" } : {}),
    ...(field.oneof ? { oneof: field.oneof.name } : {}),
  };
}

function typeOf(field: DescField): string {
  if (field.fieldKind === "map") {
    const value = field.mapKind === "scalar" ? scalarName(field.scalar) : (field.message ?? field.enum).typeName;
    return `map<${scalarName(field.mapKey)},${value}>`;
  }
  return field.message?.typeName ?? field.enum?.typeName ?? (field.scalar ? scalarName(field.scalar) : "?");
}

/** Full names for the table's, which are relative to the message they stand in, as in a .proto. */
function resolve(type: string, message: string, packageName: string): string {
  const map = /^map<(\w+),(.+)>$/.exec(type);
  if (map) return `map<${map[1]},${resolve(map[2] ?? "", message, packageName)}>`;
  const known = new Set(
    Object.entries(table).flatMap(([name, { messages, enums }]) =>
      [...Object.keys(messages), ...Object.keys(enums)].map((key) => `${name}.${key}`),
    ),
  );
  for (
    let scope = `${packageName}.${message}`;
    scope !== "";
    scope = scope.slice(0, Math.max(0, scope.lastIndexOf(".")))
  ) {
    if (known.has(`${scope}.${type}`)) return `${scope}.${type}`;
  }
  return type;
}

describe.for(Object.entries(files))("%s", ([packageName, file]) => {
  const { messages, enums, services } = table[packageName] ?? { messages: {}, enums: {}, services: {} };
  const local = (typeName: string) => typeName.slice(packageName.length + 1);

  test("has the table's messages, field by field, and ours", () => {
    const wanted = Object.entries(messages).map(([name, fields]) => [
      name,
      [...fields, ...((packageName === "coder.agent.v2" && ours[name]) || [])]
        .map((field) => ({ ...field, type: resolve(field.type, name, packageName) }))
        .toSorted((a, b) => a.no - b.no),
    ]);
    const made = allMessages(file).map((message) => [
      local(message.typeName),
      message.fields.map(describeField).toSorted((a, b) => a.no - b.no),
    ]);

    expect(Object.fromEntries(made)).toEqual(Object.fromEntries(wanted));
  });

  test("has the table's enums, value by value, and ours", () => {
    const made = allEnums(file).map((one) => [
      local(one.typeName),
      Object.fromEntries(one.values.map(({ name, number }) => [name, number])),
    ]);

    expect(Object.fromEntries(made)).toEqual(
      Object.fromEntries(
        Object.entries(enums).map(([name, values]) => [
          name,
          { ...values, ...(packageName === "coder.agent.v2" && ourValues[name]) },
        ]),
      ),
    );
  });

  test("has the table's services, method by method", () => {
    const made = file.services.map(({ name, methods }) => [
      name,
      Object.fromEntries(
        methods.map((method) => [
          method.name,
          {
            request: method.input.typeName,
            response: method.output.typeName,
            ...(method.proto.clientStreaming && { client_stream: true }),
            ...(method.proto.serverStreaming && { server_stream: true }),
          },
        ]),
      ),
    ]);
    const wanted = Object.entries(services).map(([name, methods]) => [
      name,
      Object.fromEntries(
        Object.entries(methods).map(([method, { request, response, ...streams }]) => [
          method,
          { request: resolve(request, "", packageName), response: resolve(response, "", packageName), ...streams },
        ]),
      ),
    ]);

    expect(Object.fromEntries(made)).toEqual(Object.fromEntries(wanted));
  });

  test("has fields of our own from 1000 up only, where no peer's can be", () => {
    const added = Object.values(ours).flat();
    expect(added.every(({ no }) => no >= 1000)).toBe(true);
    expect(
      Object.values(messages)
        .flat()
        .every(({ no }) => no < 1000),
    ).toBe(true);
  });
});
