import type { HostForm } from "#api/workspace-name.ts";
import type { Launcher } from "#means/means.ts";

export interface HostBlockOptions {
  readonly form: HostForm;
  readonly launcher: Launcher;
  /** Where address and session are. */
  readonly configDirectory: string;
  readonly wait: "yes" | "no" | "auto";
  readonly autostart: boolean;
  /** `Name value` or `Name=value`, of the user and the server; they stand first, where OpenSSH heeds them. */
  readonly extraOptions: readonly string[];
}

/** The lines that let OpenSSH, and all that builds on it, reach every workspace by name. */
export function hostBlock(options: HostBlockOptions): string[] {
  const { form, launcher, configDirectory } = options;
  const patterns = [
    ...(form.prefix === "" ? [] : [`${form.prefix}*`]),
    ...(form.suffix === "" ? [] : [`*.${form.suffix}`]),
  ];
  const command = [
    ...launcher,
    "ssh",
    "--global-config",
    configDirectory,
    "--stdio",
    ...(form.prefix === "" ? [] : ["--ssh-host-prefix", form.prefix]),
    ...(form.suffix === "" ? [] : ["--hostname-suffix", form.suffix]),
    ...(options.wait === "auto" ? [] : ["--wait", options.wait]),
    ...(options.autostart ? [] : ["--disable-autostart"]),
  ];
  return [
    `Host ${patterns.join(" ")}`,
    ...options.extraOptions.map((option) => `    ${option}`),
    // A stopped workspace is started first, which takes its time.
    "    ConnectTimeout 0",
    // The server leads to the right workspace and nowhere else; keys of workspaces come and go.
    "    StrictHostKeyChecking no",
    "    UserKnownHostsFile /dev/null",
    "    LogLevel ERROR",
    `    ProxyCommand ${command.map(quote).join(" ")} -- %h`,
  ];
}

/** A word as the shell takes it that OpenSSH starts, with OpenSSH's own percent signs kept from being expanded. */
function quote(word: string): string {
  const literal = word.replaceAll("%", "%%");
  return /^[\w@%+=:,./-]+$/.test(literal) ? literal : `'${literal.replaceAll("'", `'\\''`)}'`;
}
