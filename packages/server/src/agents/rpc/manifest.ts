import { sql } from "kysely";
import { durationFromMs, toMetadataSpan, uuidToBytes, type MessageInitShape } from "@hearth/wire";
import type { ManifestSchema } from "@hearth/wire/agent-proto";
import {
  allColumns,
  computed,
  defineStatement,
  sampleId,
  someColumns,
  stored,
  type Db,
  type Fragment,
  type JsonRowOf,
  type RowOf,
} from "../../ground/database/index.ts";
import { authorize, type Context } from "../../access/index.ts";
import { openSecrets, type SealedSecret } from "../../identity/index.ts";
import type { GrantedAgent } from "../access/agent-grant.ts";
import type { WorkspaceIdentity } from "../sessions/identity.ts";
import { identityColumns, identityShape, toIdentity } from "../sessions/identity-columns.ts";
import { appHealths, lifecycles, sharingLevels } from "./words.ts";

export type Manifest = MessageInitShape<typeof ManifestSchema>;

const agentColumns = someColumns("workspace_agents", [
  "id",
  "name",
  "parent_id",
  "environment_variables",
  "directory",
  "lifecycle_state",
]);
const scriptColumns = allColumns("workspace_agent_scripts", {
  except: ["workspace_agent_id", "display_name", "position", "created_at"],
});
const appColumns = allColumns("workspace_apps", {
  except: ["agent_id", "display_order", "display_group", "open_in", "tooltip", "created_at"],
});
const metadataColumns = allColumns("workspace_agent_metadata", {
  except: ["workspace_agent_id", "value", "error", "collected_at", "display_order"],
});

/** What only the agent itself is told of it: not even its owner sees this with it. */
export const toldShape = {
  motd_file: stored("workspace_agents.motd_file"),
  metadata: computed.json<JsonRowOf<typeof metadataColumns>[]>(),
  secrets: computed.json<SealedSecret[]>(),
} as const;

/** The columns of {@link toldShape} of agents `a` in workspaces `w`. `metadata`: the table, or what was just stored in it. */
export function toldColumnsFrom(metadata: Fragment): Fragment {
  return sql`a.motd_file,
    (select coalesce(json_agg(json_build_object(${metadataColumns.json("m")}) order by m.display_order, m.key), '[]')
      from ${metadata} m where m.workspace_agent_id = a.id) as metadata,
    (select coalesce(json_agg(json_build_object('id', s.id, 'env_name', s.env_name, 'file_path', s.file_path,
        'sealed', encode(v.sealed, 'base64')) order by s.name), '[]')
      from user_secrets s join user_secret_values v on v.user_secret_id = s.id
      where a.env_from_secrets and s.user_id = w.owner_id and (s.env_name <> '' or s.file_path <> '')) as secrets`;
}

const find = defineStatement({
  name: "agents.read_manifest",
  columns: {
    ...agentColumns.shape,
    ...identityShape,
    claim_count: stored("workspaces.claim_count"),
    host_key_seed: stored("workspaces.host_key_seed"),
    scripts: computed.json<JsonRowOf<typeof scriptColumns>[]>(),
    apps: computed.json<JsonRowOf<typeof appColumns>[]>(),
    ...toldShape,
  },
  samples: [{ agentId: sampleId }],
  build: ({ agentId }: { agentId: string }) => sql`
    select ${agentColumns.of("a")}, ${identityColumns}, w.claim_count, w.host_key_seed,
      (select coalesce(json_agg(json_build_object(${scriptColumns.json("s")}) order by s.position, s.id), '[]')
        from workspace_agent_scripts s where s.workspace_agent_id = a.id) as scripts,
      (select coalesce(json_agg(json_build_object(${appColumns.json("x")}) order by x.display_order, x.slug), '[]')
        from workspace_apps x where x.agent_id = a.id) as apps,
      ${toldColumnsFrom(sql`workspace_agent_metadata`)}
    from workspace_agents a
    join workspaces w on w.id = a.workspace_id
    join users u on u.id = w.owner_id
    join templates t on t.id = w.template_id
    where a.id = ${agentId}`,
});

/** All that a manifest is made of; what is secret in it is still sealed. */
export type ManifestFacts = RowOf<typeof find>;

/** What an agent is told, and whose workspace it is in. */
export interface ToldManifest {
  readonly manifest: Manifest;
  readonly identity: WorkspaceIdentity;
}

/**
 * Everything that an agent is told, read in one statement; with it the secrets of whoever owns the workspace now, where the
 * template wants them. Undefined when the agent is gone.
 */
export async function readManifest(
  ctx: Context,
  { db, sealKey }: { readonly db: Db; readonly sealKey: Buffer },
  granted: GrantedAgent<"workspace:read">,
): Promise<ToldManifest | undefined> {
  const row = await find.first(db, { agentId: granted.object.agentId });
  return row && toTold(ctx, sealKey, row);
}

/** What the facts say, for the agent alone: the secrets among it are opened. */
export function toTold(ctx: Context, sealKey: Buffer, facts: ManifestFacts): ToldManifest {
  return { manifest: toManifest(facts, secretsOf(ctx, sealKey, facts)), identity: toIdentity(facts) };
}

function secretsOf(ctx: Context, sealKey: Buffer, { owner_id: ownerId, secrets }: ManifestFacts): Manifest["secrets"] {
  if (secrets.length === 0) return [];
  return openSecrets(authorize(ctx, "user_secret:read", { ownerId }), sealKey, secrets, ctx.log);
}

/**
 * The manifest as it travels. Without a wildcard host for apps there are no proxy address and no subdomain names.
 * @see spec/agents.md §6, "Manifest field notes"; agent wire, "Our own fields"
 */
function toManifest(row: ManifestFacts, secrets: Manifest["secrets"]): Manifest {
  return {
    agentId: uuidToBytes(row.id),
    agentName: row.name,
    ownerUsername: row.owner_name,
    workspaceId: uuidToBytes(row.workspace_id),
    workspaceName: row.workspace_name,
    environmentVariables: row.environment_variables,
    directory: row.directory,
    motdPath: row.motd_file,
    derpMap: { homeParams: {}, regions: {} },
    ...(row.parent_id === null ? {} : { parentId: uuidToBytes(row.parent_id) }),
    scripts: row.scripts.map((script) => ({
      id: uuidToBytes(script.id),
      logSourceId: uuidToBytes(script.log_source_id),
      logPath: script.log_path,
      script: script.script,
      cron: script.cron,
      runOnStart: script.run_on_start,
      runOnStop: script.run_on_stop,
      runOnClaim: script.run_on_claim,
      startBlocksLogin: script.start_blocks_login,
      timeout: durationFromMs(script.timeout_seconds * 1000),
    })),
    apps: row.apps.map((app) => ({
      id: uuidToBytes(app.id),
      slug: app.slug,
      displayName: app.display_name,
      icon: app.icon,
      command: app.command ?? "",
      url: app.url ?? "",
      external: app.external,
      subdomain: app.subdomain,
      sharingLevel: sharingLevels[app.sharing_level],
      healthcheck: {
        url: app.healthcheck_url,
        interval: durationFromMs(app.healthcheck_interval * 1000),
        threshold: app.healthcheck_threshold,
      },
      health: appHealths[app.health],
      hidden: app.hidden,
    })),
    metadata: row.metadata.map((item) => ({
      key: item.key,
      displayName: item.display_name,
      script: item.script,
      interval: toMetadataSpan(item.interval_seconds),
      timeout: toMetadataSpan(item.timeout_seconds),
    })),
    ...(secrets === undefined ? {} : { secrets }),
    ownerId: uuidToBytes(row.owner_id),
    claimCount: row.claim_count,
    hostKeySeed: row.host_key_seed,
    lifecycleState: lifecycles[row.lifecycle_state],
  };
}
