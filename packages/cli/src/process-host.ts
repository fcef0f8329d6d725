import { homedir } from "node:os";
import { fileURLToPath } from "node:url";
import { systemClock } from "@hearth/base";
import type { Terminal } from "#means/terminal.ts";
import type { Host } from "./run.ts";

/** This process as the place where a command runs. */
export function processHost(signal: AbortSignal): Host {
  return {
    env: process.env,
    terminal: processTerminal(),
    clock: systemClock,
    signal,
    cwd: process.cwd(),
    home: homedir(),
    launcher: {
      node: process.execPath,
      script: fileURLToPath(new URL("../bin/hearth.mjs", import.meta.url)),
      starterTemplates: fileURLToPath(new URL("../../../templates", import.meta.url)),
    },
  };
}

function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  return {
    stdin,
    stdout,
    stderr,
    isInput: stdin.isTTY,
    isOutput: stdout.isTTY,
    isErrorOutput: stderr.isTTY,
    size() {
      const screen = stdout.isTTY ? stdout : stderr;
      return { columns: screen.columns || 80, rows: screen.rows || 24 };
    },
    onResize(listener) {
      process.on("SIGWINCH", listener);
      return { [Symbol.dispose]: () => process.off("SIGWINCH", listener) };
    },
    raw() {
      if (stdin.isTTY) stdin.setRawMode(true);
      return {
        [Symbol.dispose]: () => {
          if (stdin.isTTY) stdin.setRawMode(false);
        },
      };
    },
  };
}
