import { messageOf } from "@hearth/base";

/** What a request came to (draft-ietf-secsh-filexfer-02, section 7). */
export const status = {
  ok: 0,
  eof: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  unsupported: 8,
} as const;
export type Status = (typeof status)[keyof typeof status];

const statusByErrno: Readonly<Record<string, Status>> = {
  ENOENT: status.noSuchFile,
  ENOTDIR: status.noSuchFile,
  ELOOP: status.noSuchFile,
  EBADF: status.noSuchFile,
  EACCES: status.permissionDenied,
  EPERM: status.permissionDenied,
  EROFS: status.permissionDenied,
  ENAMETOOLONG: status.badMessage,
  EINVAL: status.badMessage,
  ENOSYS: status.unsupported,
  ENOTSUP: status.unsupported,
};

/** A request that is answered with a status other than "ok". */
export class StatusError extends Error {
  override readonly name = "StatusError";
  readonly status: Status;

  constructor(code: Status, message: string) {
    super(message);
    this.status = code;
  }
}

/** The status and the words for whatever a request failed with. */
export function describeFailure(error: unknown): { status: Status; message: string } {
  if (error instanceof StatusError) return { status: error.status, message: error.message };
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = messageOf(error);
  return { status: statusByErrno[code] ?? status.failure, message };
}
