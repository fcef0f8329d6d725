import { z } from "zod";
import { Uuid } from "../scalars.ts";

/** By what an uploaded archive is named from now on; the same bytes of the same user have the same. */
export const UploadResponse = z.object({
  hash: Uuid,
});
export type UploadResponse = z.infer<typeof UploadResponse>;
