import { isAbsolute } from "node:path";
import { badRequest } from "#api/fields.ts";

/** A path that must say by itself where it is. @throws Refusal `bad_request` */
export function absoluteField(path: unknown): string {
  if (typeof path !== "string" || path === "") throw badRequest("path is required");
  if (path.includes("\0")) throw badRequest("path has a NUL");
  if (!isAbsolute(path)) throw badRequest(`file path must be absolute: ${JSON.stringify(path)}`);
  return path;
}
