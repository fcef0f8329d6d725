import { HearthError } from "@hearth/base";

/** Codes of error packets that have a meaning of their own; any other number is the service's. */
export const drpcCodes = { unspecified: 0n, unimplemented: 12n } as const;

/** What the other side answered a call with instead of a message, or what a handler answers with. */
export class DrpcError extends HearthError {
  override readonly name = "DrpcError";
  /** An unsigned 64-bit number. */
  readonly code: bigint;

  constructor(message: string, { code = drpcCodes.unspecified, cause }: { code?: bigint; cause?: unknown } = {}) {
    super(message, { cause });
    this.code = code;
  }

  /** Whether the peer does not know the method: a version older than ours, so do without. */
  get isUnimplemented(): boolean {
    return this.code === drpcCodes.unimplemented;
  }
}

/** The peer broke the rules of dRPC; its stream is reset, the session lives on. */
export class DrpcProtocolError extends HearthError {
  override readonly name = "DrpcProtocolError";

  constructor(message: string) {
    super(message, { cause: undefined });
  }
}
