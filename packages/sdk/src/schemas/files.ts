import { z } from "zod";
import { Uuid } from "../scalars.ts";

export const UploadResponse = z.object({
  hash: Uuid,
});
export type UploadResponse = z.infer<typeof UploadResponse>;
