/** One option of the server: where it comes from, what it is when nobody says, and its line in the manual. */
export interface Option {
  readonly name: string;
  readonly env: string;
  /** Names of the reference that mean the same, so that deployments can move. */
  readonly aliases: readonly string[];
  readonly flag: string;
  readonly kind: "text" | "integer" | "boolean" | "duration" | "size";
  /** Text as it would be given; `undefined`: worked out, as the docs say. */
  readonly fallback: string | undefined;
  readonly secret: boolean;
  readonly docs: string;
}

function option(
  name: string,
  env: string,
  kind: Option["kind"],
  fallback: string | undefined,
  docs: string,
  more: { aliases?: readonly string[]; secret?: boolean } = {},
): Option {
  return {
    name,
    env,
    kind,
    fallback,
    docs,
    aliases: more.aliases ?? [],
    flag: `--${env
      .replace(/^HEARTH_/, "")
      .toLowerCase()
      .replaceAll("_", "-")}`,
    secret: more.secret ?? false,
  };
}

/** Every option once: the environment, flags, `hearth server --help` and the manual are made from this table. */
export const options = [
  option(
    "dataDir",
    "HEARTH_DATA_DIR",
    "text",
    undefined,
    "Where the embedded database, workspaces and secrets lie. Default: /var/lib/hearth for root, else ~/.local/share/hearth.",
  ),
  option(
    "httpAddress",
    "HEARTH_HTTP_ADDRESS",
    "text",
    "127.0.0.1:7080",
    "Address to listen on; port 0 takes a free one.",
    {
      aliases: ["CODER_HTTP_ADDRESS"],
    },
  ),
  option(
    "accessUrl",
    "HEARTH_ACCESS_URL",
    "text",
    undefined,
    "What agents and browsers use to reach the server; behind a proxy that names another host, pages of this address alone may log in. Default: the listening address.",
    { aliases: ["CODER_ACCESS_URL"] },
  ),
  option(
    "pgConnectionUrl",
    "HEARTH_PG_CONNECTION_URL",
    "text",
    undefined,
    "An external PostgreSQL (15 or newer). Default: the embedded one.",
    { aliases: ["CODER_PG_CONNECTION_URL"], secret: true },
  ),
  option("pgMaxConnections", "HEARTH_PG_MAX_CONNECTIONS", "integer", "16", "Most connections to the database."),
  option(
    "replicaRelayAddress",
    "HEARTH_REPLICA_RELAY_ADDRESS",
    "text",
    "127.0.0.1:0",
    "With an external PostgreSQL: where the deployment's other servers reach this one, to pass on connections to its agents. Servers on other machines need an address that they can reach; port 0 takes a free one.",
  ),
  option(
    "replicaRelayAdvertise",
    "HEARTH_REPLICA_RELAY_ADVERTISE",
    "text",
    undefined,
    "The host:port that the other servers are told, where it differs. Default: the listening address; for 0.0.0.0 the machine's first.",
  ),
  option(
    "apiRateLimit",
    "HEARTH_API_RATE_LIMIT",
    "integer",
    "512",
    "Requests a minute of one user; 0 turns the limit off.",
    {
      aliases: ["CODER_API_RATE_LIMIT"],
    },
  ),
  option(
    "firstUserEmail",
    "HEARTH_FIRST_USER_EMAIL",
    "text",
    undefined,
    "E-mail address of the owner, who is made on the first start. Default: the username at hearth.local.",
    {
      aliases: ["CODER_FIRST_USER_EMAIL"],
    },
  ),
  option(
    "firstUserUsername",
    "HEARTH_FIRST_USER_USERNAME",
    "text",
    undefined,
    "Username of that owner. Default: admin.",
    {
      aliases: ["CODER_FIRST_USER_USERNAME"],
    },
  ),
  option(
    "firstUserPassword",
    "HEARTH_FIRST_USER_PASSWORD",
    "text",
    undefined,
    "Password of that owner. Default: a generated one, shown once and kept in owner-password in the data directory.",
    {
      aliases: ["CODER_FIRST_USER_PASSWORD"],
      secret: true,
    },
  ),
  option(
    "provisionerDaemons",
    "HEARTH_PROVISIONER_DAEMONS",
    "integer",
    "3",
    "Workers that run builds inside the server; with 0 it runs none and keeps no workspaces on its host.",
    {
      aliases: ["CODER_PROVISIONER_DAEMONS"],
    },
  ),
  option(
    "allowUnsandboxed",
    "HEARTH_ALLOW_UNSANDBOXED",
    "boolean",
    "false",
    "Let every user build workspaces that share the host without a sandbox.",
  ),
  option(
    "demoModel",
    "HEARTH_DEMO_MODEL",
    "boolean",
    "false",
    "Have a model for chats that is a few rules inside this server, to try them without a provider's key.",
  ),
  option(
    "prebuildsInterval",
    "HEARTH_WORKSPACE_PREBUILDS_RECONCILIATION_INTERVAL",
    "duration",
    "1m",
    "How often the pools are looked at when nothing wakes them.",
    { aliases: ["CODER_WORKSPACE_PREBUILDS_RECONCILIATION_INTERVAL"] },
  ),
  option(
    "prebuildsBackoffInterval",
    "HEARTH_WORKSPACE_PREBUILDS_RECONCILIATION_BACKOFF_INTERVAL",
    "duration",
    "1m",
    "Wait for each failed prebuild before the next is made.",
    { aliases: ["CODER_WORKSPACE_PREBUILDS_RECONCILIATION_BACKOFF_INTERVAL"] },
  ),
  option(
    "prebuildsBackoffLookback",
    "HEARTH_WORKSPACE_PREBUILDS_RECONCILIATION_BACKOFF_LOOKBACK_PERIOD",
    "duration",
    "1h",
    "Failed prebuilds older than this no longer count.",
    { aliases: ["CODER_WORKSPACE_PREBUILDS_RECONCILIATION_BACKOFF_LOOKBACK_PERIOD"] },
  ),
  option(
    "prebuildsHardLimit",
    "HEARTH_WORKSPACE_PREBUILDS_FAILURE_HARD_LIMIT",
    "integer",
    "3",
    "Consecutive failures after which a preset makes no more; 0 turns it off.",
    { aliases: ["CODER_WORKSPACE_PREBUILDS_FAILURE_HARD_LIMIT"] },
  ),
  option(
    "minFreeDisk",
    "HEARTH_MIN_FREE_DISK",
    "size",
    "512MiB",
    "Room that stays free on the disk of the data directory: with less, builds and uploads are refused; 0 turns it off.",
  ),
  option(
    "auditWebhookUrl",
    "HEARTH_AUDIT_WEBHOOK_URL",
    "text",
    undefined,
    "Where changes of roles, of who may come in, and of tokens and secrets are posted to, as JSON, one request each, until it answers 2xx. They are in hearth.log in any case.",
  ),
  option(
    "auditWebhookToken",
    "HEARTH_AUDIT_WEBHOOK_TOKEN",
    "text",
    undefined,
    "Sent to that address as a bearer token.",
    { secret: true },
  ),
  option(
    "logLevel",
    "HEARTH_LOG_LEVEL",
    "text",
    "info",
    "debug, info, warn or error: what goes to hearth.log in the data directory.",
  ),
] as const satisfies readonly Option[];
