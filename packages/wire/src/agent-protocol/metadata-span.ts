import { create } from "@bufbuild/protobuf";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import type { Duration } from "@bufbuild/protobuf/wkt";

const nanosPerSecond = 1_000_000_000;

/**
 * `interval` and `timeout` of a metadata description as they travel: the number of *seconds* counted as nanoseconds, so
 * 5 s is `{ seconds: 0, nanos: 5 }`. Wrong, and peers rely on it. Every other duration is an ordinary one.
 * @see agent wire, seen on the wire
 */
export function toMetadataSpan(seconds: number): Duration {
  const whole = Math.trunc(seconds);
  return create(DurationSchema, { seconds: BigInt(Math.trunc(whole / nanosPerSecond)), nanos: whole % nanosPerSecond });
}

/** The seconds that a metadata description's `interval` or `timeout` means; 0 when it is absent. */
export function fromMetadataSpan(span: Duration | undefined): number {
  return span ? Number(span.seconds) * nanosPerSecond + span.nanos : 0;
}
