import { HearthError } from "@hearth/base";

/** The other replica answered no; or, thrown by a handler, the refusal to answer with. */
export class RelayRefused extends HearthError {
  override readonly name = "RelayRefused";
  /** One of the kind's own words, or `failed` when its handler broke. */
  readonly refusal: string;

  constructor(refusal: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.refusal = refusal;
  }
}

/** The other replica cannot be reached, or the connection to it ended before it had answered. */
export class RelayUnreachable extends HearthError {
  override readonly name = "RelayUnreachable";

  constructor(message: string, cause?: unknown) {
    super(message, { cause, shouldRetry: true });
  }
}
