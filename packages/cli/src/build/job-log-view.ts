import type { LogLevel, ProvisionerJobLog } from "@hearth/sdk";
import type { Out } from "#means/out.ts";
import type { Style } from "#means/style.ts";
import { safeText } from "#output/safe-text.ts";

/** Shows the log of a job on stderr: each stage once, what was said in it indented below. */
export class JobLogView {
  readonly #out: Out;
  #stage = "";

  constructor(out: Out) {
    this.#out = out;
  }

  show(line: ProvisionerJobLog): void {
    const style = this.#out.noteStyle;
    if (line.stage !== this.#stage) {
      this.#stage = line.stage;
      this.#out.note(`${style.cyan("==>")} ${style.bold(safeText(line.stage))}`);
    }
    if (line.output === "" || line.log_level === "debug" || line.log_level === "trace") return;
    for (const text of safeText(line.output).split("\n"))
      this.#out.note(paintLevel(`    ${text}`, line.log_level, style));
  }
}

/** A log line in the colour of its level. */
export function paintLevel(text: string, level: LogLevel, style: Style): string {
  switch (level) {
    case "error":
      return style.red(text);
    case "warn":
      return style.yellow(text);
    case "info":
    case "debug":
    case "trace":
      return style.dim(text);
  }
}
