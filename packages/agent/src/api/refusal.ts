/** A request that is not done, in words for whoever asked. The body of the answer is this message with the code. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: string;
  readonly detail: string | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    { cause, detail }: { cause?: unknown; detail?: string } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.code = code;
    this.detail = detail;
  }
}
