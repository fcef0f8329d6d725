import type { Readable } from "node:stream";
import { type Clock, messageOf, onAbort } from "@hearth/base";
import type { MetadataKey } from "#metadata/decide.ts";
import type { Processes } from "#processes/processes.ts";
import type { Surroundings } from "#processes/surroundings.ts";

/** What a script said. `error` is empty when all is well; a value may stand beside it. */
export interface MetadataResult {
  readonly key: string;
  readonly collectedAtMs: number;
  readonly value: string;
  readonly error: string;
}

export interface CollectServices {
  readonly processes: Processes;
  readonly surroundings: () => Surroundings;
  readonly clock: Clock;
}

const longestOutputBytes = 10 * 1024;

/** Runs the script of one key. Never rejects: what goes wrong becomes the result's error. */
export async function collect(
  { key, script, timeoutMs }: MetadataKey,
  { processes, surroundings, clock }: CollectServices,
  signal: AbortSignal,
): Promise<MetadataResult> {
  const collectedAtMs = clock.now();
  const { env, directory, shell } = surroundings();
  using deadline = clock.timeout(timeoutMs, { signal, tag: "metadata timeout" });
  try {
    const process = await processes.start({ file: shell, args: ["-c", script], cwd: directory, env });
    const onTimeout = (): void => {
      process.signal("SIGKILL");
      for (const stream of [process.stdout, process.stderr]) stream.destroy(); // a child may have left the group
    };
    using _late = onAbort(deadline.signal, onTimeout);
    const output = new BoundedText(longestOutputBytes);
    const [exit] = await Promise.all([process.exited, output.take(process.stdout), output.take(process.stderr)]);
    const errors = [
      deadline.signal.aborted ? `The script took longer than ${timeoutMs / 1000} s.` : undefined,
      !deadline.signal.aborted && exit.code !== 0
        ? `The script ended with ${exit.signal ?? `status ${exit.code}`}.`
        : undefined,
      output.isCut ? `The output was longer than ${longestOutputBytes} bytes.` : undefined,
    ];
    return { key, collectedAtMs, value: output.text, error: errors.filter((text) => text !== undefined).join(" ") };
  } catch (error) {
    return { key, collectedAtMs, value: "", error: messageOf(error) };
  }
}

/** Keeps the first bytes of what several streams say, and drops the rest. */
class BoundedText {
  readonly #limitBytes: number;
  readonly #parts: Buffer[] = [];
  #bytes = 0;
  isCut = false;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Ends at a character's border, so that what was cut is still text. */
  get text(): string {
    return new TextDecoder().decode(Buffer.concat(this.#parts), { stream: true });
  }

  /** Resolves when the stream has ended. */
  take(stream: Readable): Promise<void> {
    stream.on("data", (chunk: Buffer) => {
      const kept = chunk.subarray(0, this.#limitBytes - this.#bytes);
      this.isCut ||= kept.length < chunk.length;
      this.#bytes += kept.length;
      if (kept.length > 0) this.#parts.push(kept);
    });
    stream.on("error", () => undefined); // `close` follows
    return new Promise((resolve) => stream.once("close", () => resolve()));
  }
}
