import { isAbsolute, join } from "node:path";

/**
 * Puts the values of `$NAME` and `${NAME}` into a text; a name without a value gives nothing. A `$` that no name follows
 * stays. There is nothing else: no defaults, no commands.
 */
export function expandVariables(text: string, env: Readonly<Record<string, string | undefined>>): string {
  return text.replace(/\$(?:\{(\w+)\}|([A-Za-z_]\w*))/g, (_, braced: string | undefined, plain: string | undefined) => {
    return env[braced ?? plain ?? ""] ?? "";
  });
}

/** A path as people write it in a template, made absolute: `~` and variables expanded, relative to `base`. */
export function expandPath(
  path: string,
  { env, home, base }: { env: Readonly<Record<string, string | undefined>>; home: string; base: string },
): string {
  return absolutePath(expandVariables(path, { ...env, HOME: home }), { home, base });
}

/** A path made absolute: `~` is the home directory, what is relative is so to `base`. Variables stay as they are. */
export function absolutePath(path: string, { home, base }: { home: string; base: string }): string {
  if (path === "~" || path.startsWith("~/")) return join(home, path.slice(1));
  return isAbsolute(path) ? path : join(base, path);
}
