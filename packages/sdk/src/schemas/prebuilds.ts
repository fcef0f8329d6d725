import { z } from "zod";

export const PrebuildsSettings = z.object({
  reconciliation_paused: z.boolean(),
});
export type PrebuildsSettings = z.infer<typeof PrebuildsSettings>;
