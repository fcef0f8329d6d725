import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const source = join(import.meta.dirname, "../..");

/** What transitions alone change. */
const executionColumns =
  "status archived snapshot_version history_version queue_version generation_attempt retry_state retry_state_version last_error requires_action_deadline_at worker_id runner_id".split(
    " ",
  );
/** Every file that writes chats, with what of the above it may write. */
const writers: Readonly<Record<string, readonly string[]>> = {
  "chats/store/apply.ts": executionColumns,
  "chats/store/create.ts": ["status"],
  "chats/store/ownership.ts": ["worker_id", "runner_id", "snapshot_version"],
  "chats/store/metadata.ts": [],
  "chats/sharing.ts": [],
};
const write =
  /\b(?:insert\s+into|update|delete\s+from)\s+(chats|chat_messages|chat_queued_messages)\b|(?:insertInto|updateTable|deleteFrom)\("(chats|chat_messages|chat_queued_messages)"\)/g;

/** The columns that a text sets: `name = …` of a statement, `name: …` of the builder, and names of an insert's list. */
function columnsSetIn(text: string): string[] {
  const inserted = /insert into chats \(([^)]*)\)/.exec(text)?.[1] ?? "";
  const updates = [
    ...text.matchAll(/updateTable\("chats"\)[\s\S]*?\.execute|update chats c set[\s\S]*?(?:from|where)/g),
  ].map(([part]) => part);
  const sets = [...text.matchAll(/\bset\.push\([\s\S]*?\);|const set[\s\S]*?;\n/g)].map(([part]) => part);
  const all = [inserted, ...updates, ...sets].join("\n");
  const named = new Set([...all.matchAll(/\b(\w+)\b\s*(?:[=:,]|$)/gm)].map(([, name]) => name));
  return executionColumns.filter((name) => named.has(name));
}

test("execution state is written by the store's one statement, and beside it nothing of it", async () => {
  const wrong: string[] = [];
  const found = new Set<string>();
  for await (const file of glob("**/*.ts", { cwd: source })) {
    if (/\.test\.ts$|^testing\/|\/testing\//.test(file)) continue;
    const text = readFileSync(join(source, file), "utf8");
    if (!write.test(text)) continue;
    write.lastIndex = 0;
    found.add(file);
    const allowed = writers[file];
    if (allowed === undefined) wrong.push(`${file} writes chats`);
    else
      wrong.push(
        ...columnsSetIn(text)
          .filter((name) => !allowed.includes(name))
          .map((name) => `${file} sets ${name}`),
      );
  }

  expect(wrong).toEqual([]);
  expect([...found].toSorted()).toEqual(Object.keys(writers).toSorted());
});
