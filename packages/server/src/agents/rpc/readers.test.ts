import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { create, timestampFromMs, uuidToBytes, type MessageInitShape } from "@hearth/wire";
import { Connection_Action, Connection_Type, ConnectionSchema, TimingSchema } from "@hearth/wire/agent-proto";
import { readConnection } from "./connection-report.ts";
import { instantField } from "./refusals.ts";
import { readTiming } from "./script-timing.ts";

const connection = {
  id: uuidToBytes(randomUUID()),
  action: Connection_Action.DISCONNECT,
  type: Connection_Type.SSH,
  timestamp: timestampFromMs(1_000),
  ip: "fd7a::1",
  statusCode: 7,
  reason: "graceful",
};

test.for<[what: string, given: MessageInitShape<typeof ConnectionSchema>, expected: object]>([
  [
    "as it is",
    {},
    { action: "disconnect", type: "ssh", atMs: 1_000, ip: "fd7a::1", statusCode: 7, reason: "graceful" },
  ],
  ["localhost is 127.0.0.1 [agents 124]", { ip: "localhost" }, { ip: "127.0.0.1" }],
  ["an address that is none is left out [agents 124]", { ip: "garbage" }, { ip: undefined }],
  ["a connect has no exit code", { action: Connection_Action.CONNECT }, { action: "connect", statusCode: undefined }],
  ["an unknown kind is kept as such", { type: 99 as Connection_Type }, { type: undefined }],
  ["an agent of 2.13 names the app", { type: 0, appName: "Cursor" }, { type: "vscode", appName: "Cursor" }],
  ["an app says more than the old kind", { appName: "reconnecting-pty" }, { type: "reconnecting_pty" }],
  ["an app of no family", { appName: "constructor" }, { type: undefined, appName: "constructor" }],
])("a connection report: %s", ([, given, expected]) => {
  expect(readConnection(create(ConnectionSchema, { ...connection, ...given }), 5_000)).toMatchObject(expected);
});

test.for<[what: string, given: MessageInitShape<typeof ConnectionSchema>]>([
  ["the all-zero id", { id: new Uint8Array(16) }],
  ["an id that is no uuid", { id: new Uint8Array(3) }],
  ["no action", { action: Connection_Action.ACTION_UNSPECIFIED }],
])("a connection report is refused for %s", ([, given]) => {
  expect(() => readConnection(create(ConnectionSchema, { ...connection, ...given }), 0)).toThrow(Error);
});

const timing = { scriptId: uuidToBytes(randomUUID()), start: timestampFromMs(2_000), end: timestampFromMs(3_000) };

test.for<[what: string, given: MessageInitShape<typeof TimingSchema>]>([
  ["an end before its start [agents 78]", { start: timestampFromMs(3_001) }],
  ["the zero time [agents 78]", { start: timestampFromMs(0) }],
  ["the year 1", { end: { seconds: -62_135_596_800n, nanos: 0 } }],
  ["a script that is no uuid", { scriptId: new Uint8Array() }],
  ["an unknown stage", { stage: 55 as 0 }],
  ["an unknown status", { status: 55 as 0 }],
])("a script's run is refused for %s", ([, given]) => {
  expect(() => readTiming(create(TimingSchema, { ...timing, ...given }))).toThrow(Error);
});

test("an absent time is none, and not 1970", () => {
  expect(instantField(undefined)).toBeUndefined();
  expect(instantField({ seconds: 0n, nanos: 0 })).toBeUndefined();
  expect(instantField({ seconds: 1n, nanos: 5_000_000 })).toBe(1_005);
});
