import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { options, type Option } from "./options.ts";

/** What the server was told, parsed. Durations in milliseconds. */
export interface Config {
  readonly dataDir: string;
  readonly httpAddress: { readonly host: string; readonly port: number };
  /** Undefined: the listening address. */
  readonly accessUrl: string | undefined;
  /** Undefined: the embedded database. */
  readonly pgConnectionUrl: string | undefined;
  readonly pgMaxConnections: number;
  /** Where other servers of the deployment reach this one. Undefined with the embedded database: there are no others. */
  readonly relay: { readonly listen: Address; readonly advertised: Address | undefined } | undefined;
  readonly apiRateLimit: number;
  readonly firstUser: {
    readonly email: string | undefined;
    readonly username: string | undefined;
    readonly password: string | undefined;
  };
  readonly provisionerDaemons: number;
  readonly allowUnsandboxed: boolean;
  /** A rule-based model for chats is there to try them. */
  readonly demoModel: boolean;
  readonly prebuilds: {
    readonly intervalMs: number;
    readonly backoffIntervalMs: number;
    readonly backoffLookbackMs: number;
    readonly failureHardLimit: number;
  };
  /** Of the data directory's disk, in bytes. */
  readonly minFreeDiskBytes: number;
  readonly audit: { readonly webhookUrl: string | undefined; readonly webhookToken: string | undefined };
  readonly logLevel: string;
}

/** An option that cannot be read: one line that says which, and what it takes. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Reads the options from the environment, with `flags` (by option name) before it.
 * @throws ConfigError naming the option and what it takes
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, string | undefined>> = {},
  isRoot: boolean = process.getuid?.() === 0,
): Config {
  const raw = (name: string): string | undefined => {
    const option: Option | undefined = options.find((candidate) => candidate.name === name);
    if (option === undefined) throw new Error(`there is no option ${name}`);
    const places = [flags[name], env[option.env], ...option.aliases.map((alias) => env[alias])];
    return places.find((value) => value !== undefined && value !== "") ?? option.fallback;
  };
  const envOf = (name: string) => options.find((candidate) => candidate.name === name)?.env ?? name;
  const integer = (name: string): number => {
    const text = raw(name) ?? "";
    if (!/^-?\d+$/.test(text)) throw new ConfigError(`${envOf(name)} must be a whole number, not "${text}".`);
    return Number(text);
  };
  const duration = (name: string): number => {
    const text = raw(name) ?? "";
    const ms = parseDuration(text);
    if (ms === undefined)
      throw new ConfigError(`${envOf(name)} must be a duration such as 90s, 5m or 1h30m, not "${text}".`);
    return ms;
  };
  const size = (name: string): number => {
    const text = raw(name) ?? "";
    const bytes = parseSize(text);
    if (bytes === undefined)
      throw new ConfigError(`${envOf(name)} must be a size such as 512MiB, 2GiB or 0, not "${text}".`);
    return bytes;
  };
  const boolean = (name: string): boolean => {
    const text = (raw(name) ?? "").toLowerCase();
    if (["true", "1", "yes"].includes(text)) return true;
    if (["false", "0", "no", ""].includes(text)) return false;
    throw new ConfigError(`${envOf(name)} must be true or false, not "${text}".`);
  };
  const accessUrl = raw("accessUrl");
  if (accessUrl !== undefined && !/^https?:\/\/[^/]/.test(accessUrl)) {
    throw new ConfigError(`HEARTH_ACCESS_URL must begin with http:// or https:// and name a host, not "${accessUrl}".`);
  }
  const webhookUrl = raw("auditWebhookUrl");
  if (webhookUrl !== undefined && !/^https?:\/\/[^/]/.test(webhookUrl)) {
    throw new ConfigError(
      `HEARTH_AUDIT_WEBHOOK_URL must begin with http:// or https:// and name a host, not "${webhookUrl}".`,
    );
  }
  const level = raw("logLevel") ?? "info";
  if (!["debug", "info", "warn", "error"].includes(level)) {
    throw new ConfigError(`HEARTH_LOG_LEVEL must be debug, info, warn or error, not "${level}".`);
  }
  const intervalMs = duration("prebuildsInterval");
  const pgConnectionUrl = raw("pgConnectionUrl");
  return {
    dataDir: resolve(
      raw("dataDir") ?? (isRoot ? "/var/lib/hearth" : join(env["HOME"] ?? homedir(), ".local/share/hearth")),
    ),
    httpAddress: parseAddress(raw("httpAddress") ?? ""),
    accessUrl: accessUrl?.replace(/\/+$/, ""),
    pgConnectionUrl,
    pgMaxConnections: Math.max(4, integer("pgMaxConnections")),
    relay: pgConnectionUrl === undefined ? undefined : readRelay(raw),
    apiRateLimit: integer("apiRateLimit"),
    firstUser: { email: raw("firstUserEmail"), username: raw("firstUserUsername"), password: raw("firstUserPassword") },
    provisionerDaemons: Math.max(0, integer("provisionerDaemons")),
    allowUnsandboxed: boolean("allowUnsandboxed"),
    demoModel: boolean("demoModel"),
    prebuilds: {
      intervalMs: intervalMs > 0 ? intervalMs : 5 * 60_000,
      backoffIntervalMs: duration("prebuildsBackoffInterval"),
      backoffLookbackMs: duration("prebuildsBackoffLookback"),
      failureHardLimit: Math.max(0, integer("prebuildsHardLimit")),
    },
    minFreeDiskBytes: size("minFreeDisk"),
    audit: { webhookUrl, webhookToken: raw("auditWebhookToken") },
    logLevel: level,
  };
}

/** @throws ConfigError */
function readRelay(raw: (name: string) => string | undefined): NonNullable<Config["relay"]> {
  const listen = parseAddress(raw("replicaRelayAddress") ?? "", "HEARTH_REPLICA_RELAY_ADDRESS");
  const text = raw("replicaRelayAdvertise");
  if (text === undefined) return { listen, advertised: undefined };
  const advertised = parseAddress(text, "HEARTH_REPLICA_RELAY_ADVERTISE");
  if (advertised.port === 0 || text.startsWith(":")) {
    throw new ConfigError(`HEARTH_REPLICA_RELAY_ADVERTISE must name the host and port to connect to, not "${text}".`);
  }
  return { listen, advertised };
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, `:port` (every address) or `[v6]:port`, as given for the option `env`. @throws ConfigError */
export function parseAddress(text: string, env = "HEARTH_HTTP_ADDRESS"): Address {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new ConfigError(`${env} must be host:port, such as 127.0.0.1:7080, not "${text}".`);
  }
  const host = match[1] ?? match[2] ?? "";
  return { host: host === "" ? "0.0.0.0" : host, port };
}

/** Milliseconds of `90s`, `5m`, `1h30m`, `2d`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  if (text === "0") return 0;
  if (!/^(\d+(ms|s|m|h|d))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+)(ms|s|m|h|d)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ""] ?? 0),
    0,
  );
}

/** Bytes of `512MiB`, `2GiB`, `500MB` or a bare number of them; undefined when it is none. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,12})\s*(?:([KMGT])(i?)B)?$/i.exec(text);
  if (match === null) return undefined;
  const [, count, prefix = "", binary] = match;
  const base = binary === "" ? 1000 : 1024;
  return Number(count) * base ** " KMGT".indexOf(prefix.toUpperCase() || " ");
}
