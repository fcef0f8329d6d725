import { type Clock, silentLogger, systemClock } from "@hearth/base";
import { TestFolder } from "@hearth/base/test-folder";
import { loadNativePty } from "#processes/native-pty.ts";
import { Processes } from "#processes/processes.ts";
import type { Surroundings } from "#processes/surroundings.ts";

/** A folder for one test, and processes that live in it. Its end waits for theirs. */
export class Scratch implements AsyncDisposable {
  readonly folder: string;
  readonly processes: Processes;
  readonly surroundings: () => Surroundings;
  readonly #folder = new TestFolder();

  constructor({ clock = systemClock, env = {} }: { clock?: Clock; env?: Readonly<Record<string, string>> } = {}) {
    const folder = this.#folder.path;
    this.folder = folder;
    this.processes = new Processes({
      directory: this.#folder.join("run"),
      clock,
      log: silentLogger,
      loadPty: loadNativePty,
    });
    const all = { PATH: process.env.PATH ?? "", HOME: folder, ...env };
    this.surroundings = () => ({ env: all, directory: folder, shell: "/bin/bash" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.processes[Symbol.dispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** Everything a stream gives until it ends, as text. */
export async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}
