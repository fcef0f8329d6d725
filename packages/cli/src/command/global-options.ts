import { z } from "zod";

/** Options of every command, also before the command's name. */
export const globalOptions = {
  url: z.string().optional().meta({ description: "address of the server (HEARTH_URL)" }),
  token: z.string().optional().meta({ description: "session token to use (HEARTH_SESSION_TOKEN)" }),
  globalConfig: z
    .string()
    .optional()
    .meta({ description: "directory of the files url and session (HEARTH_CONFIG_DIR)", value: "dir" }),
};

export type GlobalOptions = z.output<z.ZodObject<typeof globalOptions>>;
