import { z } from "zod";

/** A lower-case UUID as the API answers it; any letter case is accepted in requests. Not given is the all-zero UUID. */
export const Uuid = z.guid({ error: "must be a UUID" });
export type Uuid = z.infer<typeof Uuid>;

/** An instant, RFC 3339 in UTC. "Never" is {@link zeroTime} where the field is not optional. */
export const Time = z.iso.datetime({ offset: true });
export type Time = z.infer<typeof Time>;

/** What stands for "never" in fields that may not be left out. @see spec "REST API v2", conventions */
export const zeroTime = "0001-01-01T00:00:00Z";

/** What stands for "no id" in fields that may not be left out; in a request it means *not given*. */
export const zeroUuid = "00000000-0000-0000-0000-000000000000";
