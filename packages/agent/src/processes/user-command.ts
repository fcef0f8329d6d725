import type { Command } from "#processes/processes.ts";
import type { Surroundings } from "#processes/surroundings.ts";

/** What somebody from outside wants to run: a line of the login shell's, a program, or the login shell itself. */
export type UserTask = { readonly line: string } | { readonly argv: readonly [string, ...string[]] } | "login shell";

export interface UserWishes {
  /** Over the workspace's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The kind of terminal that it runs on, if any. */
  readonly term?: string | undefined;
  /** Absolute. @default the workspace's directory */
  readonly directory?: string | undefined;
}

/** Programs take these for the sign that they are reached from elsewhere. The real addresses end at the server. */
const connectionEnv = { SSH_CLIENT: "127.0.0.1 0 22", SSH_CONNECTION: "127.0.0.1 0 127.0.0.1 22" } as const;

/** How a task of a user is started, whichever way it came: over SSH or as a command. Pure. */
export function userCommand(
  task: UserTask,
  { env: sent, term, directory }: UserWishes,
  surroundings: Surroundings,
): Command {
  const { env, shell } = surroundings;
  const shared = {
    cwd: directory ?? surroundings.directory,
    env: { ...env, ...connectionEnv, ...sent, ...(term === undefined ? {} : { TERM: term }) },
  };
  if (task === "login shell") return { file: shell, args: ["-l"], ...shared };
  if ("line" in task) return { file: shell, args: ["-c", task.line], ...shared };
  const [file, ...args] = task.argv;
  return { file, args, ...shared };
}
