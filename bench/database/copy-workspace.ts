import pg from "pg";

/** What a workspace is made of, and which ids of a copy's rows are its own; all other columns are the original's. */
const parts: readonly { table: string; of: string; own: Readonly<Record<string, string>> }[] = [
  { table: "workspaces", of: "id = $1", own: { id: "workspaces", name: "" } },
  { table: "workspace_placements", of: "workspace_id = $1", own: { workspace_id: "workspaces" } },
  {
    table: "provisioner_jobs",
    of: "id in (select job_id from workspace_builds where workspace_id = $1)",
    own: { id: "provisioner_jobs" },
  },
  {
    table: "workspace_builds",
    of: "workspace_id = $1",
    own: { id: "workspace_builds", workspace_id: "workspaces", job_id: "provisioner_jobs" },
  },
  {
    table: "workspace_resources",
    of: "job_id in (select job_id from workspace_builds where workspace_id = $1)",
    own: { id: "workspace_resources", job_id: "provisioner_jobs" },
  },
  {
    table: "workspace_agents",
    of: "workspace_id = $1",
    own: {
      id: "workspace_agents",
      resource_id: "workspace_resources",
      workspace_id: "workspaces",
      build_id: "workspace_builds",
      auth_token_hash: "",
    },
  },
];

/**
 * Fills a database with copies of a workspace that has one build and one agent, row by row what the server itself wrote; so
 * many that they could not be built. Nobody is connected as their agents.
 */
export async function copyWorkspace(connectionString: string, workspaceId: string, copies: number): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query("begin");
    // No foreign key is looked at: the rows' ids are made up alike in each table.
    await client.query("set local session_replication_role = replica");
    for (const part of parts) await copyRows(client, part, workspaceId, copies);
    await client.query("commit");
    await client.query("vacuum analyze");
  } finally {
    await client.end();
  }
}

async function copyRows(
  client: pg.Client,
  { table, of, own }: (typeof parts)[number],
  workspaceId: string,
  copies: number,
): Promise<void> {
  const { rows } = await client.query<{ columns: string }>(
    `select string_agg(quote_ident(attname), ', ') as columns from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' and attidentity = ''`,
    [table],
  );
  const changes = Object.entries(own).map(([column, what]) => `'${column}', ${ownValue(column, what)}`);
  const columns = rows[0]?.columns ?? "";
  await client.query(
    `insert into ${table} (${columns})
     select ${columns} from (
       select (jsonb_populate_record(original, jsonb_build_object(${changes.join(", ")}))).*
       from ${table} original, generate_series(1, ${copies}) i where ${of}
     ) copy`,
    [workspaceId],
  );
}

function ownValue(column: string, what: string): string {
  if (column === "name") return "'copy-' || i";
  if (column === "auth_token_hash") return String.raw`'\x' || encode(sha256(('copy-' || i)::bytea), 'hex')`;
  return `md5('${what}-' || i)`;
}
