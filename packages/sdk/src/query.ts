import { z } from "zod";

// Query values arrive as text. Each of these takes the text (or the value itself, which the client gives) and says in
// its error what is wrong, because the sentence is shown to whoever asked.

/** A whole number of 0 or more. */
export const QueryInt = z.union([z.int(), z.string()]).transform((value, ctx) => {
  const number = typeof value === "number" ? value : /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= 0) return number;
  ctx.addIssue({ code: "custom", message: `Query param must be a whole number of 0 or more, not "${value}".` });
  return z.NEVER;
});

/** `true` or `false`; `1` and `0` are taken too. */
export const QueryBool = z.union([z.boolean(), z.string()]).transform((value, ctx) => {
  if (typeof value === "boolean") return value;
  if (["true", "1", "t"].includes(value.toLowerCase())) return true;
  if (["false", "0", "f", ""].includes(value.toLowerCase())) return false;
  ctx.addIssue({ code: "custom", message: `Query param must be true or false, not "${value}".` });
  return z.NEVER;
});

/** There or not; the value does not count. */
export const QueryFlag = z.union([z.boolean(), z.string()]).transform((value) => value !== false);

/** An id of 36 characters, in lower case whatever was given; the all-zero one is taken too. */
export const QueryUuid = z.string().transform((value, ctx) => {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) return value.toLowerCase();
  ctx.addIssue({ code: "custom", message: `Query param must be a UUID, not "${value}".` });
  return z.NEVER;
});
