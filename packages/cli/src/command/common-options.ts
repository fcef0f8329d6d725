import { z } from "zod";
import { parseDuration } from "#time/duration.ts";

// Options that several commands share, so that they look the same everywhere.

export const yes = z.boolean().default(false).meta({ short: "y", description: "ask nothing and take the defaults" });

export const output = z
  .enum(["table", "json"])
  .default("table")
  .meta({ short: "o", value: "format", description: "a table for people, or JSON in the API's own shape" });

/** For commands whose result is a sentence or two. */
export const textOutput = z
  .enum(["text", "json"])
  .default("text")
  .meta({ short: "o", value: "format", description: "text for people, or JSON in the API's own shape" });

/** Which columns, by name; several may stand in one value, with commas between. */
export function columnOption(columns: readonly { readonly name: string }[]) {
  const names = columns.map(({ name }) => name);
  return z
    .array(z.string())
    .default([])
    .transform((values, context) => {
      const wanted = values.flatMap((value) => value.split(",")).map((name) => name.trim().toLowerCase());
      for (const name of wanted) {
        if (!names.includes(name)) {
          context.addIssue({ code: "custom", message: `there is no column "${name}"; there are ${names.join(", ")}` });
        }
      }
      return wanted;
    })
    .meta({ short: "c", value: "columns", description: `columns to show, of: ${names.join(", ")}` });
}

export const organization = z
  .string()
  .optional()
  .meta({ short: "O", value: "organization", description: "organization by name or id, where you are in several" });

/** A duration like 90m; milliseconds once parsed. */
export const Duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: "custom", message: `"${text}" is no duration, like 90m, 3h or 1h30m` });
  return z.NEVER;
});

/** A whole number of 0 or more. */
export const Count = z.string().transform((text, context) => {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  context.addIssue({ code: "custom", message: `"${text}" is no whole number of 0 or more` });
  return z.NEVER;
});

/** The workspace as users name it. */
export const workspaceArgument = z.string().meta({ description: "dev, ada/dev, or an id" });
