import type { Env } from "#means/means.ts";

/** The time zone that the user lives in: `TZ`, else what the system says. */
export function localZone(env: Env): string {
  return env["TZ"]?.replace(/^:/, "") || Intl.DateTimeFormat().resolvedOptions().timeZone;
}
