import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, silentLogger, systemClock } from "@hearth/base";
import { loadNativePty } from "#processes/native-pty.ts";
import { Processes } from "#processes/processes.ts";
import type { Surroundings } from "#processes/surroundings.ts";

/** A folder for one test, and processes that live in it. */
export class Scratch implements Disposable {
  readonly folder: string;
  readonly processes: Processes;
  readonly surroundings: () => Surroundings;

  constructor({ clock = systemClock, env = {} }: { clock?: Clock; env?: Readonly<Record<string, string>> } = {}) {
    const folder = mkdtempSync(join(tmpdir(), "hearth-agent-test-"));
    this.folder = folder;
    this.processes = new Processes({
      directory: join(folder, "run"),
      clock,
      log: silentLogger,
      loadPty: loadNativePty,
    });
    const all = { PATH: process.env.PATH ?? "", HOME: folder, ...env };
    this.surroundings = () => ({ env: all, directory: folder, shell: "/bin/bash" });
  }

  [Symbol.dispose](): void {
    this.processes[Symbol.dispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Everything a stream gives until it ends, as text. */
export async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}
