import { z } from "zod";

/** The shells of one agent that a window has open, as tabs. */
export interface Shells {
  /** In the order of the tabs; never empty. `number` is what the tab is called until its program says better. */
  readonly tabs: readonly { readonly id: string; readonly number: number }[];
  /** The id of the tab that is seen. */
  readonly active: string;
}

export type NewId = () => string;

export function firstShells(newId: NewId): Shells {
  const id = newId();
  return { tabs: [{ id, number: 1 }], active: id };
}

/** One more tab, which is seen. */
export function addShell(shells: Shells, newId: NewId): Shells {
  const id = newId();
  const number = Math.max(...shells.tabs.map((tab) => tab.number)) + 1;
  return { tabs: [...shells.tabs, { id, number }], active: id };
}

/** One tab less; its neighbour is seen. Closing the last one opens a new shell. */
export function removeShell(shells: Shells, id: string, newId: NewId): Shells {
  const at = shells.tabs.findIndex((tab) => tab.id === id);
  const tabs = shells.tabs.filter((tab) => tab.id !== id);
  const neighbour = tabs[Math.min(at, tabs.length - 1)];
  if (!neighbour) return firstShells(newId);
  return { tabs, active: shells.active === id ? neighbour.id : shells.active };
}

/** The shell of a tab has ended: the tab goes on with a new one. */
export function renewShell(shells: Shells, id: string, newId: NewId): Shells {
  const fresh = newId();
  return {
    tabs: shells.tabs.map((tab) => (tab.id === id ? { ...tab, id: fresh } : tab)),
    active: shells.active === id ? fresh : shells.active,
  };
}

const Stored = z.object({
  tabs: z.array(z.object({ id: z.guid(), number: z.int().min(1) })).min(1),
  active: z.string(),
});

/** What was stored, if it is still understood. */
export function parseShells(text: string | null): Shells | undefined {
  try {
    const shells = Stored.safeParse(JSON.parse(text ?? "null"));
    return shells.success && shells.data.tabs.some(({ id }) => id === shells.data.active) ? shells.data : undefined;
  } catch {
    return undefined; // no JSON: not ours, or cut off
  }
}
