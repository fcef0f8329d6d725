import { messageOf } from "@hearth/base";
import type { ErrorCode } from "@hearth/sdk";
import { Refusal } from "#api/refusal.ts";

/** What the system says of a path, as a status and a code. What is not here is a failure of ours. */
const refusals: Readonly<Record<string, readonly [status: number, code: ErrorCode, says: string]>> = {
  ENOENT: [404, "not_found", "there is no such file or directory"],
  EACCES: [403, "forbidden", "the workspace's user may not do that"],
  EPERM: [403, "forbidden", "the workspace's user may not do that"],
  EROFS: [403, "forbidden", "it lies on a file system that is read-only"],
  EEXIST: [409, "exists", "there is something already"],
  ENOTEMPTY: [409, "not_empty", "the directory is not empty"],
  ENOTDIR: [409, "not_a_directory", "it is, or lies below, what is no directory"],
  EISDIR: [409, "is_a_directory", "it is a directory"],
  EBUSY: [409, "busy", "it is in use"],
  ETXTBSY: [409, "busy", "it is a program that runs"],
  EINVAL: [400, "bad_request", "the system does not take that"],
  ELOOP: [400, "bad_request", "its symbolic links lead round and round"],
  ENAMETOOLONG: [400, "bad_request", "the name is too long"],
  ENOSPC: [507, "no_space", "there is no room left"],
  EDQUOT: [507, "no_space", "the quota is used up"],
  EMFILE: [503, "busy", "too many files are open"],
};

/** Does something with a path, and tells what the system refuses in words for whoever asked. @throws Refusal */
export async function withPath<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toFileRefusal(path, error);
  }
}

/** The refusal for an error of the system, or the error where it is another. */
export function toFileRefusal(path: string, error: unknown): unknown {
  const code = codeOf(error);
  const known = code !== undefined && Object.hasOwn(refusals, code) ? refusals[code] : undefined;
  if (!known) return error;
  const [status, name, says] = known;
  return new Refusal(status, name, `${path}: ${says}.`, { cause: error, detail: messageOf(error) });
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
