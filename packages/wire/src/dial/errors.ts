import { HearthError } from "@hearth/base";

/** Why an agent did not connect a dial. */
export const dialRefusals = [
  /** Nothing listens on the port. */
  "refused",
  /** The agent may not, or will not, connect this. */
  "denied",
  /** The port cannot be reached for another reason. */
  "unreachable",
  /** The agent is still preparing; later it may. */
  "not ready",
] as const;
export type DialRefusal = (typeof dialRefusals)[number];

/** The agent answered a dial with a refusal; or, thrown by the agent's handler, the refusal to answer with. */
export class DialRefused extends HearthError {
  override readonly name = "DialRefused";
  readonly reason: DialRefusal;

  constructor(reason: DialRefusal, message: string, cause?: unknown) {
    super(message, { cause, shouldRetry: reason === "not ready" || reason === "refused" });
    this.reason = reason;
  }
}

/** The agent does not know dial streams: it reset one. Only Hearth's own agents take them. */
export class DialUnsupported extends HearthError {
  override readonly name = "DialUnsupported";

  constructor(cause: unknown) {
    super("The agent takes no connections from the server; it may be another make. Use the tunnel to reach it.", {
      cause,
    });
  }
}

/** The other side of a dial broke its rules. */
export class DialProtocolError extends HearthError {
  override readonly name = "DialProtocolError";

  constructor(message: string) {
    super(message, { cause: undefined });
  }
}

export function toDialRefusal(text: string): DialRefusal | undefined {
  return dialRefusals.find((refusal) => refusal === text);
}
