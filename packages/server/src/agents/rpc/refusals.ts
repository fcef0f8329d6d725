import { DrpcError, timestampMs, uuidFromBytes } from "@hearth/wire";

/** What the agent is answered when a call of its breaks a rule; the session lives on. */
export function refuse(message: string, cause?: unknown): DrpcError {
  return new DrpcError(message, { cause });
}

/** A uuid of a request. @throws DrpcError naming the field */
export function uuidField(field: string, bytes: Uint8Array): string {
  try {
    return uuidFromBytes(bytes);
  } catch (error) {
    throw refuse(`${field} is not a uuid: it has ${bytes.length} bytes, not 16.`, error);
  }
}

/** An instant in milliseconds; undefined when the field is absent or the zero time. */
export function instantField(value: { seconds: bigint; nanos: number } | undefined): number | undefined {
  if (value === undefined) return undefined;
  // The year 1 is how "never" travels from some peers; 1970 is what an absent field decodes to.
  if (value.seconds < 0n || (value.seconds === 0n && value.nanos === 0)) return undefined;
  return timestampMs({ $typeName: "google.protobuf.Timestamp", seconds: value.seconds, nanos: value.nanos });
}
