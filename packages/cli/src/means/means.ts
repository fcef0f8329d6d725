import type { Clock } from "@hearth/base";
import type { Client } from "@hearth/sdk";
import type { Out } from "./out.ts";
import type { Prompt } from "./prompt.ts";
import type { Session } from "./session.ts";
import type { Terminal } from "./terminal.ts";

/** How another program can start this one: absolute paths, of a Node and what it runs, or of one program. */
export type Launcher = readonly string[];

export type Env = Readonly<Record<string, string | undefined>>;

/** All that a command may use. Handlers know no `process` and no `console`. */
export interface Means {
  /**
   * Talks to the server of the session, as its user.
   * @throws Failure when it is read while nobody is logged in.
   */
  readonly client: Client;
  readonly session: Session;
  readonly out: Out;
  readonly prompt: Prompt;
  readonly clock: Clock;
  /** Aborts at the first Ctrl-C; a second one ends the program. */
  readonly signal: AbortSignal;
  readonly env: Env;
  readonly terminal: Terminal;
  /** Where relative paths start. */
  readonly cwd: string;
  readonly home: string;
  readonly launcher: Launcher;
  /** Takes our hands off the process: its signals and errors are the business of the program that is loaded next. */
  readonly releaseProcess: () => void;
}
