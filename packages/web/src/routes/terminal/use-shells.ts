import { useState } from "react";
import { firstShells, parseShells, type Shells } from "./shells.ts";

/**
 * The shells of this browser tab on an agent. They live in the session's storage: a reload comes back to them, another
 * tab of the browser has its own. The agent's *name* counts, its id is another after each build.
 */
export function useShells(workspaceId: string, agentName: string) {
  const key = `hearth.shells.${workspaceId}.${agentName}`;
  const [shells, setShells] = useState<Shells>(() => {
    const known = parseShells(sessionStorage.getItem(key)) ?? firstShells(newShellId);
    sessionStorage.setItem(key, JSON.stringify(known));
    return known;
  });
  function change(step: (shells: Shells, newId: () => string) => Shells) {
    const next = step(shells, newShellId);
    sessionStorage.setItem(key, JSON.stringify(next));
    setShells(next);
  }
  return { shells, change };
}

/** A random UUID. `crypto.randomUUID` is only there on https and localhost. */
function newShellId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte, i) =>
    (i === 6 ? (byte & 0x0f) | 0x40 : i === 8 ? (byte & 0x3f) | 0x80 : byte).toString(16).padStart(2, "0"),
  ).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
