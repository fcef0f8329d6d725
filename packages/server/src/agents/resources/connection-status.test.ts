import { expect, test } from "vitest";
import { connectionStatus, type ConnectionFacts } from "./connection-status.ts";

const now = 1_000_000;
const never: ConnectionFacts = {
  createdAtMs: now - 60_000,
  connectionTimeoutSeconds: 0,
  firstConnectedAtMs: undefined,
  lastConnectedAtMs: undefined,
  disconnectedAtMs: undefined,
  lease: undefined,
};
const held = { renewedAtMs: now - 2_000, expiresAtMs: now + 13_000 };
const lapsed = { renewedAtMs: now - 16_000, expiresAtMs: now - 1_000 };
const once = (facts: Partial<ConnectionFacts>): ConnectionFacts => ({
  ...never,
  firstConnectedAtMs: now - 50_000,
  lastConnectedAtMs: now - 50_000,
  ...facts,
});

test.for<[rule: string, facts: ConnectionFacts, expected: ReturnType<typeof connectionStatus>]>([
  [
    "waits within its time [agents 11]",
    { ...never, createdAtMs: now - 59_000, connectionTimeoutSeconds: 60 },
    { status: "connecting", lastConnectedAtMs: undefined, disconnectedAtMs: undefined },
  ],
  [
    "is late after it [agents 11]",
    { ...never, createdAtMs: now - 61_000, connectionTimeoutSeconds: 60 },
    { status: "timeout", lastConnectedAtMs: undefined, disconnectedAtMs: undefined },
  ],
  [
    "without a limit it is never late [agents 12]",
    { ...never, createdAtMs: now - 7 * 86_400_000 },
    { status: "connecting", lastConnectedAtMs: undefined, disconnectedAtMs: undefined },
  ],
  [
    "a late agent that connects is connected [agents 13]",
    once({ connectionTimeoutSeconds: 1, lease: held }),
    { status: "connected", lastConnectedAtMs: now - 2_000, disconnectedAtMs: undefined },
  ],
  [
    "the lease says when it was last connected [agents 14, 23]",
    once({ lease: held }),
    { status: "connected", lastConnectedAtMs: now - 2_000, disconnectedAtMs: undefined },
  ],
  [
    "a session younger than the renewal keeps its own time",
    once({ lastConnectedAtMs: now - 500, lease: held }),
    { status: "connected", lastConnectedAtMs: now - 500, disconnectedAtMs: undefined },
  ],
  [
    "a replica that stopped renewing takes its agents along [agents 16]",
    once({ lease: lapsed }),
    { status: "disconnected", lastConnectedAtMs: now - 16_000, disconnectedAtMs: now - 16_000 },
  ],
  [
    "at the end of the lease itself nobody holds it",
    once({ lease: { renewedAtMs: now - 15_000, expiresAtMs: now } }),
    { status: "disconnected", lastConnectedAtMs: now - 15_000, disconnectedAtMs: now - 15_000 },
  ],
  [
    "an older disconnection does no harm [agents 17]",
    once({ disconnectedAtMs: now - 51_000, lease: held }),
    { status: "connected", lastConnectedAtMs: now - 2_000, disconnectedAtMs: now - 51_000 },
  ],
  [
    "equal times without a session are a disconnection [agents 18]",
    once({ disconnectedAtMs: now - 50_000 }),
    { status: "disconnected", lastConnectedAtMs: now - 50_000, disconnectedAtMs: now - 50_000 },
  ],
  [
    "a recorded end",
    once({ disconnectedAtMs: now - 10_000 }),
    { status: "disconnected", lastConnectedAtMs: now - 50_000, disconnectedAtMs: now - 10_000 },
  ],
  [
    "a session whose replica's row is gone ended when it was last heard of",
    once({ disconnectedAtMs: now - 55_000 }),
    { status: "disconnected", lastConnectedAtMs: now - 50_000, disconnectedAtMs: now - 50_000 },
  ],
])("%s", ([, facts, expected]) => {
  expect(connectionStatus(facts, now)).toEqual(expected);
});
