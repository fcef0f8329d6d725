import type { ErrorCode } from "@hearth/sdk";

/** A request that is not done, in words for whoever asked. The body of the answer is this message with the code. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  /** Of the one table of codes: the server passes it on. */
  readonly code: ErrorCode;
  readonly detail: string | undefined;

  constructor(
    status: number,
    code: ErrorCode,
    message: string,
    { cause, detail }: { cause?: unknown; detail?: string } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.code = code;
    this.detail = detail;
  }
}
