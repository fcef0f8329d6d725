let onFailpoint: ((name: string) => void) | undefined;

/**
 * Marks a place where a test may stop the program: the end of a transaction, the moment before a reply. Costs nothing
 * unless armed.
 */
export function failpoint(name: string): void {
  onFailpoint?.(name);
}

/** Arms every failpoint with `handler` (undefined disarms): a kill test ends the process when it hears its name. */
export function armFailpoints(handler: ((name: string) => void) | undefined): void {
  onFailpoint = handler;
}
