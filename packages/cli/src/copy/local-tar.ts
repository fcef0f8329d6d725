import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { messageOf } from "@hearth/base";
import { Failure } from "#means/failure.ts";

/** The tar of this machine, which packs a directory or unpacks into one. */
export interface LocalTar {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** @throws Failure when it failed, with what it said */
  readonly done: Promise<void>;
}

/** Runs `tar`, which every system has that we run on, in a directory. */
export function localTar(mode: "-cf" | "-xf", directory: string): LocalTar {
  const child = spawn("tar", [mode, "-", ...(mode === "-cf" ? ["."] : [])], { cwd: directory });
  const said = text(child.stderr);
  const done = once(child, "close").then(
    async ([code]) => {
      if (code !== 0) throw new Failure("tar failed on this side.", { details: [(await said).trim()] });
    },
    (error: unknown) => {
      throw new Failure("There is no tar on this side, which copies directories.", { details: [messageOf(error)] });
    },
  );
  done.catch(() => undefined); // heard of by whoever waits for it
  child.stdin.on("error", () => undefined); // told by its exit
  return { stdin: child.stdin, stdout: child.stdout, done };
}
