import { ApiError } from "@hearth/sdk";

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A UUID of the path, in lower case. @throws ApiError `malformed_id` */
export function parseUuid(text: string): string {
  if (uuidPattern.test(text)) return text.toLowerCase();
  throw new ApiError("malformed_id", `Invalid UUID "${text}".`, {
    detail: text.length === 36 ? "invalid UUID format" : `invalid UUID length: ${text.length}`,
  });
}

/** The same, undefined for what is none: where a name may stand in its place. */
export function findUuid(text: string): string | undefined {
  return uuidPattern.test(text) ? text.toLowerCase() : undefined;
}

/** The id of a request field; absent, empty and the all-zero UUID all mean "not given". */
export function givenId(value: string | undefined): string | undefined {
  return value === undefined || value === "" || value === "00000000-0000-0000-0000-000000000000"
    ? undefined
    : value.toLowerCase();
}
