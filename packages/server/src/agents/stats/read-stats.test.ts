import { expect, test } from "vitest";
import { create, type MessageInitShape } from "@hearth/wire";
import { StatsSchema } from "@hearth/wire/agent-proto";
import type { WorkspaceIdentity } from "../sessions/identity.ts";
import { readStats } from "./read-stats.ts";

const none = { vscode: 0, jetbrains: 0, reconnecting_pty: 0, ssh: 0 };
const old = { sessionCountSsh: 2n, sessionCountVscode: 1n, sessionCountJetbrains: -4n };

test.for<[what: string, given: MessageInitShape<typeof StatsSchema>, expected: Partial<typeof none>]>([
  ["up to 2.10, by kind", old, { ssh: 2, vscode: 1 }],
  [
    "from 2.11 on, by app",
    { sessionCounts: { ssh: 3n, "reconnecting-pty": 1n, vscode: 1n, cursor: 2n, JetBrains_Gateway: 1n } },
    { ssh: 3, reconnecting_pty: 1, vscode: 3, jetbrains: 1 },
  ],
  ["in both ways, once", { ...old, sessionCounts: { ssh: 2n } }, { ssh: 2 }],
  ["apps of no family in none", { sessionCounts: { "my editor": 2n, ssh: -1n } }, {}],
])("sessions are counted %s", ([, given, expected]) => {
  const row = readStats(create(StatsSchema, given), {} as WorkspaceIdentity, 0);

  expect(row).toMatchObject(
    Object.fromEntries(
      Object.entries({ ...none, ...expected }).map(([kind, count]) => [`session_count_${kind}`, count]),
    ),
  );
});
