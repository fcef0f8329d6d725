import { sql } from "kysely";
import { defineQuery, defineStatement, sampleId, sampleMs, stored, type Db } from "../../ground/database/index.ts";
import type { GrantedAgent } from "../access/agent-grant.ts";
import type { MetadataValue } from "./limits.ts";

export interface CollectedValue extends MetadataValue {
  /** On the agent that collected it. */
  readonly granted: GrantedAgent<"workspace:update_agent">;
  readonly collectedAtMs: number;
}

type StoredValue = Omit<CollectedValue, "granted"> & { readonly agentId: string };

const store = defineStatement({
  name: "agents.store_metadata",
  columns: { agent_id: stored("workspace_agent_metadata.workspace_agent_id") },
  samples: [{ values: [{ agentId: sampleId, key: "cpu", value: "1", error: "", collectedAtMs: sampleMs }] }],
  build: ({ values }: { values: readonly StoredValue[] }) => sql`
    with stored as (
      update workspace_agent_metadata m set value = v.value, error = v.error, collected_at = v.collected_at
      from unnest(${values.map((value) => value.agentId)}::uuid[], ${values.map((value) => value.key)}::text[],
        ${values.map((value) => value.value)}::text[], ${values.map((value) => value.error)}::text[],
        ${values.map((value) => new Date(value.collectedAtMs))}::timestamptz[]) as v(agent_id, key, value, error, collected_at)
      where m.workspace_agent_id = v.agent_id and m.key = v.key
        and (m.collected_at is null or m.collected_at <= v.collected_at)
      returning m.workspace_agent_id
    )
    select distinct workspace_agent_id as agent_id from stored`,
});

/** Writes values in one statement, older ones never over newer; resolves with the agents that changed. */
export async function storeMetadata(db: Db, values: readonly CollectedValue[]): Promise<string[]> {
  const rows = await store.all(db, {
    values: values.map(({ granted, ...value }) => ({ ...value, agentId: granted.object.agentId })),
  });
  return rows.map((row) => row.agent_id);
}

/** A value with its declaration, in the order in which they are shown. */
export interface MetadataRow {
  readonly key: string;
  readonly display_name: string;
  readonly script: string;
  readonly value: string;
  readonly error: string;
  readonly timeout_seconds: number;
  readonly interval_seconds: number;
  readonly collected_at: Date | null;
}

const find = defineQuery({
  name: "agents.list_metadata",
  samples: [{ agentId: sampleId }],
  build: (db, { agentId }: { agentId: string }) =>
    db
      .selectFrom("workspace_agent_metadata")
      .select([
        "key",
        "display_name",
        "script",
        "value",
        "error",
        "timeout_seconds",
        "interval_seconds",
        "collected_at",
      ])
      .where("workspace_agent_id", "=", agentId)
      .orderBy("display_order")
      .orderBy("key"),
});

export async function listMetadata(db: Db, agentId: string): Promise<MetadataRow[]> {
  return await find(db, { agentId }).execute();
}
