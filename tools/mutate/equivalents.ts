import type { Equivalent } from "./outcome.ts";

/** Changes that alter nothing that a test could see. Whoever adds one has tried to write the test first. */
export const equivalents: readonly Equivalent[] = [];
