// The command line of Hearth. A test, or another program, runs a command in process with means of its own.
export { runCli, type Host } from "./run.ts";
export { tree } from "./tree.ts";
export type { Terminal, TerminalSize } from "#means/terminal.ts";
