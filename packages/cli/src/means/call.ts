import { existsSync, realpathSync } from "node:fs";
import path from "node:path";
import type { Env, Launcher } from "./means.ts";

/**
 * What a person types to call this program, in any directory: its name where the PATH leads here, else the path of a
 * program, else a Node and what it runs.
 */
export function shortestCall(launcher: Launcher, env: Env): string {
  const script = launcher.at(-1) ?? "";
  const isHere = (file: string) => existsSync(file) && realpathSync(file) === realpathSync(script);
  const onPath = (env["PATH"] ?? "")
    .split(path.delimiter)
    // What npm puts before it for its scripts is in no other terminal.
    .filter((directory) => !/(^|[/\\])node_modules[/\\]\.bin[/\\]?$/.test(directory))
    .map((directory) => path.join(directory, "hearth"));
  // The first of that name is the one that a shell finds.
  if (isHere(onPath.find((file) => existsSync(file)) ?? "")) return "hearth";
  const linked = path.join(script, "../../../../node_modules/.bin/hearth");
  if (isHere(linked)) return quoted(linked);
  return launcher.map(quoted).join(" ");
}

/** A word as POSIX shells take it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
