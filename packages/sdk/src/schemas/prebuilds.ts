import { z } from "zod";

/** Whether all pools stand still: nothing is built for them or deleted from them; claims go on. */
export const PrebuildsSettings = z.object({
  reconciliation_paused: z.boolean(),
});
export type PrebuildsSettings = z.infer<typeof PrebuildsSettings>;
