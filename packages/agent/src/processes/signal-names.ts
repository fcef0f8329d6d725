import { constants } from "node:os";

/** The signal of a POSIX name, `SIGTERM` or `TERM`; nothing for what is none. */
export function toSignal(name: unknown): NodeJS.Signals | undefined {
  if (typeof name !== "string") return undefined;
  const full = name.startsWith("SIG") ? name : `SIG${name}`;
  return isSignal(full) ? full : undefined;
}

function isSignal(name: string): name is NodeJS.Signals {
  return Object.hasOwn(constants.signals, name);
}
