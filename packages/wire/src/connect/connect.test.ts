import { describe, expect, test } from "vitest";
import { agentConnectUrl } from "./agent-connect-url.ts";
import { acceptApiVersion, hasApiVersion, parseApiVersion } from "./api-version.ts";

describe("versions", () => {
  test.for([
    ["2.0", { major: 2, minor: 0 }],
    ["2.10", { major: 2, minor: 10 }],
    ["12.345", { major: 12, minor: 345 }],
    ["", undefined],
    ["2", undefined],
    ["2.", undefined],
    ["v2.1", undefined],
    ["2.1.0", undefined],
    ["2.01", undefined],
    ["2.1 ", undefined],
    ["-2.1", undefined],
    ["2.123456", undefined],
  ] as const)('"%s" is read', ([text, version]) => {
    expect(parseApiVersion(text)).toEqual(version);
  });

  test.for([
    [undefined, true],
    ["2.0", true],
    ["2.9", true],
    ["2.10", true],
    ["2.11", true],
    ["2.13", true],
    ["2.14", false],
    ["9.9", false],
    ["1.0", false],
    ["3.0", false],
    ["two", false],
    ["", false],
  ] as const)("a server that speaks 2.13 is asked for %s: %s", ([version, isAccepted]) => {
    expect(acceptApiVersion(version).ok).toBe(isAccepted);
  });

  test("no version means 2.0", () => {
    expect(acceptApiVersion(undefined)).toEqual({ ok: true, version: { major: 2, minor: 0 } });
  });

  test("a refusal says what is spoken", () => {
    expect(acceptApiVersion("2.14")).toMatchObject({ problem: expect.stringContaining("2.0 to 2.13") });
    expect(acceptApiVersion("9.9")).toMatchObject({ problem: expect.stringContaining("9.9") });
    expect(acceptApiVersion("x")).toMatchObject({ problem: expect.stringContaining('"x"') });
  });

  test("what a peer has follows from its version", () => {
    expect(hasApiVersion({ major: 2, minor: 4 }, "2.4")).toBe(true);
    expect(hasApiVersion({ major: 2, minor: 3 }, "2.4")).toBe(false);
    expect(hasApiVersion({ major: 2, minor: 10 }, "2.9")).toBe(true);
    expect(() => hasApiVersion({ major: 2, minor: 0 }, "latest")).toThrow(RangeError);
  });
});

test.for([
  ["http://127.0.0.1:3000", {}, "ws://127.0.0.1:3000/api/v2/workspaceagents/me/rpc?version=2.10&role=agent"],
  ["https://hearth.example/", {}, "wss://hearth.example/api/v2/workspaceagents/me/rpc?version=2.10&role=agent"],
  ["https://example.com/hearth/", {}, "wss://example.com/hearth/api/v2/workspaceagents/me/rpc?version=2.10&role=agent"],
  [
    "https://h.example?x=1#y",
    { version: "2.0", role: "logs" },
    "wss://h.example/api/v2/workspaceagents/me/rpc?version=2.0&role=logs",
  ],
  [
    "http://h.example",
    { takesPushes: true },
    "ws://h.example/api/v2/workspaceagents/me/rpc?version=2.10&role=agent&push=true",
  ],
] as const)("an agent of %s connects to its session", ([server, options, url]) => {
  expect(agentConnectUrl(server, options).href).toBe(url);
});
