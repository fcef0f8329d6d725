import { ApiError, type ValidationError } from "@hearth/sdk";

/** @see spec/api.md §1, "Names" */
const namePattern = /^[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*$/;
const longestName = 32;
/** @see RFC 5321 §4.5.3.1.3, erratum 1690 */
const longestEmail = 254;
const longestTokenName = 128;

/** What is wrong with a name of a user, workspace, template or organization; undefined when nothing is. */
export function faultOfName(name: string): string | undefined {
  if (name.length > longestName) return `must be at most ${longestName} characters, not ${name.length}`;
  if (!namePattern.test(name)) {
    return `"${name}" must be letters and digits, with single dashes between them`;
  }
  return undefined;
}

/** What is wrong with a display name. */
export function faultOfDisplayName(name: string): string | undefined {
  if (Array.from(name).length > 64) return "must be at most 64 characters";
  if (name !== name.trim()) return "must not begin or end with a blank";
  return undefined;
}

/** What is wrong with an e-mail address, as far as its form tells. */
export function faultOfEmail(email: string): string | undefined {
  if (email.length > longestEmail) return `must be at most ${longestEmail} characters, not ${email.length}`;
  return /^[^\s@]+@[^\s@]+$/.test(email) ? undefined : `"${email}" is no e-mail address`;
}

/** What is wrong with the name of a token: any text will do, but an index holds it, and cannot hold one of any length. */
export function faultOfTokenName(name: string): string | undefined {
  return name.length > longestTokenName
    ? `must be at most ${longestTokenName} characters, not ${name.length}`
    : undefined;
}

/** @throws ApiError `validation_failed` naming every field that has a fault. */
export function refuseFaults(faults: readonly (readonly [field: string, fault: string | undefined])[]): void {
  const validations: ValidationError[] = faults.flatMap(([field, detail]) =>
    detail === undefined ? [] : [{ field, detail }],
  );
  if (validations.length > 0) throw new ApiError("validation_failed", "Validation failed.", { validations });
}
