const mebibyte = 1024 * 1024;

/** Connections PostgreSQL takes; a server's pool and a few for people stay well below. */
export const maxConnections = 200;

export interface PostgresSettings {
  /** What PostgreSQL may plan with: the machine's memory, or the container's limit. */
  readonly memoryBytes: number;
  readonly socketDir: string;
  /** Stands in the title of each of its processes. */
  readonly clusterName: string;
  /** Take precedence over ours. */
  readonly overrides?: Readonly<Record<string, string>>;
}

/**
 * The settings of the embedded server. Pure.
 *
 * It shares the machine with Hearth and the workspaces, so it takes a sixteenth of the memory for its cache, not the
 * usual quarter. Durability is left whole: `fsync`, `synchronous_commit` and `full_page_writes` keep their defaults.
 */
export function postgresSettings(options: PostgresSettings): Record<string, string> {
  const { memoryBytes, socketDir, clusterName, overrides } = options;
  const sharedMiB = clamp(memoryBytes / 16 / mebibyte, 64, 1024);
  return {
    listen_addresses: "",
    unix_socket_directories: quoteListItem(socketDir),
    unix_socket_permissions: "0700",
    max_connections: String(maxConnections),
    cluster_name: clusterName,
    shared_buffers: `${sharedMiB}MB`,
    effective_cache_size: `${clamp(memoryBytes / 2 / mebibyte, 128, 65_536)}MB`,
    maintenance_work_mem: "64MB",
    work_mem: "8MB",
    // Statements here are short and many; compiling them costs more than it saves.
    jit: "off",
    random_page_cost: "1.1",
    max_wal_size: "1GB",
    checkpoint_timeout: "15min",
    wal_compression: "on",
    // Queues and leases are small tables that change all the time; dead rows there cost every reader.
    autovacuum_naptime: "20s",
    autovacuum_vacuum_scale_factor: "0.05",
    autovacuum_analyze_scale_factor: "0.05",
    // Nobody subscribes to it; spares a process.
    max_logical_replication_workers: "0",
    timezone: "UTC",
    log_timezone: "UTC",
    log_line_prefix: "%m [%p] ",
    log_checkpoints: "off",
    ...overrides,
  };
}

/** As arguments of `postgres`. */
export function settingArguments(settings: Record<string, string>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** A directory as an item of a list setting, where commas and blanks separate unless quoted. */
function quoteListItem(path: string): string {
  return `"${path.replaceAll('"', '""')}"`;
}

function clamp(value: number, least: number, most: number): number {
  return Math.floor(Math.min(most, Math.max(least, value)));
}
