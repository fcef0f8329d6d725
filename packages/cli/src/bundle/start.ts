// The first lines of the bundle, before anything else of it is looked at.
import type fs from "node:fs";
import type os from "node:os";
import type vm from "node:vm";
import type { Script, ScriptOptions } from "node:vm";

/** Two runs of this build by the same Node may share what V8 has compiled. Set by the build. */
declare const buildId: string;

/**
 * Runs the program that stands, as a comment, in the body of `holder`: V8 passes over a comment much faster than over a
 * program, and what V8 has compiled of that in an earlier run of the same command is taken from the user's cache. Works
 * alike in every Node, as a CommonJS file, as a module, and in a single executable.
 */
export function start(require: NodeJS.Require, holder: () => void): void {
  const { Script: Compiled } = require("node:vm") as typeof vm;
  const held = holder.toString();
  const text = held.slice(held.indexOf("/*") + 2, held.lastIndexOf("*/")).replaceAll("*\u0001/", "*/");
  const source = `(function (require) {${text}\n})`;
  const cache = new Cache(require);
  const cachedData = cache.read();
  const options: ScriptOptions = { filename: "hearth", ...(cachedData && { cachedData }) };
  const script = new Compiled(source, options);
  if (script.cachedDataRejected !== false) {
    process.once("exit", (code) => {
      if (code === 0) cache.write(script);
    });
  }
  (script.runInThisContext() as (require: NodeJS.Require) => void)(require); // the wrapper above
}

/** What V8 compiled for this command. It only saves time: whatever goes wrong with it is nobody's business. */
class Cache {
  readonly #fs: typeof fs;
  readonly #directory: string;
  readonly #file: string;

  constructor(require: NodeJS.Require) {
    this.#fs = require("node:fs") as typeof fs;
    const home = process.env["XDG_CACHE_HOME"] || `${(require("node:os") as typeof os).homedir()}/.cache`;
    const word = /^[a-z-]{1,20}$/.exec(process.argv[2] ?? "")?.[0] ?? "-";
    this.#directory = `${home}/hearth/compiled`;
    this.#file = `${buildId}-${process.version}-${process.arch}-${word}`;
  }

  read(): Buffer | undefined {
    const fs = this.#fs;
    let handle: number | undefined;
    try {
      handle = fs.openSync(`${this.#directory}/${this.#file}`, "r");
      // V8 believes what it is given: never what somebody else wrote, as with `sudo` and the home of who called it.
      if (process.getuid !== undefined && fs.fstatSync(handle).uid !== process.getuid()) return undefined;
      return fs.readFileSync(handle);
    } catch {
      return undefined;
    } finally {
      if (handle !== undefined) fs.closeSync(handle);
    }
  }

  write(script: Script): void {
    const fs = this.#fs;
    try {
      fs.mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      // Those of other builds are nobody's any more.
      for (const name of fs.readdirSync(this.#directory)) {
        if (!name.startsWith(`${buildId}-`)) fs.rmSync(`${this.#directory}/${name}`, { force: true });
      }
      const draft = `${this.#directory}/${this.#file}.${process.pid}`;
      fs.writeFileSync(draft, script.createCachedData(), { mode: 0o600, flag: "wx" });
      fs.renameSync(draft, `${this.#directory}/${this.#file}`);
    } catch {
      // compiled again the next time
    }
  }
}
