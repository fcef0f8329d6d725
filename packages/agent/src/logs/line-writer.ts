import { StringDecoder } from "node:string_decoder";

/** A line longer than this is cut: nobody may make the agent hold a gigabyte without a line break. */
const longestLine = 64 * 1024;

/** Cuts output into lines at `\n`, without a `\r` before it. What has no line break yet comes with {@link end}. */
export class LineWriter {
  readonly #decoder = new StringDecoder("utf8");
  readonly #onLine: (line: string) => void;
  #partial = "";

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  write(chunk: Buffer): void {
    const lines = (this.#partial + this.#decoder.write(chunk)).split("\n");
    this.#partial = lines.pop() ?? "";
    for (const line of lines) this.#tell(line);
    while (this.#partial.length > longestLine) {
      this.#tell(this.#partial.slice(0, longestLine));
      this.#partial = this.#partial.slice(longestLine);
    }
  }

  end(): void {
    const rest = this.#partial + this.#decoder.end();
    this.#partial = "";
    if (rest !== "") this.#tell(rest);
  }

  #tell(line: string): void {
    this.#onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
  }
}
