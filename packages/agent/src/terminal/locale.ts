/** Adds a UTF-8 locale for characters when none is in effect, so that terminals show more than ASCII. Pure. */
export function withUtf8Locale(env: Readonly<Record<string, string>>): Record<string, string> {
  const effective = env.LC_ALL || env.LC_CTYPE || env.LANG || "";
  if (/utf-?8/i.test(effective)) return { ...env };
  // LC_ALL goes before LC_CTYPE, so one that is set is what has to give way.
  return env.LC_ALL ? { ...env, LC_ALL: "C.UTF-8" } : { ...env, LC_CTYPE: "C.UTF-8" };
}
