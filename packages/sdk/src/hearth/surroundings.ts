// The one place that looks at the runtime: Node, Bun, Deno or a browser.

/** What a program's surroundings say about the server to talk to. */
export interface Surroundings {
  /** A variable of the environment; none in browsers. */
  readonly variable: (name: string) => string | undefined;
  /** The user's home directory, where there is one. */
  readonly home: () => string | undefined;
  /** A file's text; undefined where there is no such file, or where no files can be read. */
  readonly readText: (path: string) => string | undefined;
  /** Of the page or worker that runs this. */
  readonly page: Page | undefined;
}

/** What a browser knows of the server that it was sent by. */
export interface Page {
  /** `https://hearth.example.com`. */
  readonly origin: string;
  /** Proves to the server that a request comes of its own page. */
  readonly csrfToken: () => string | undefined;
}

/** What is used of Node, which Bun and Deno have as well. */
interface ProcessLike {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly versions?: { readonly node?: string };
  /** @see https://nodejs.org/api/process.html#processgetbuiltinmoduleid (from 20.16 on) */
  readonly getBuiltinModule?: (name: string) => unknown;
}

interface PageLike {
  querySelector(selectors: string): { readonly content?: string } | null;
}

/** What a module of Node gives, asked at run time, so that no bundler for browsers looks for it. */
function builtin<T>(name: string): T | undefined {
  return processHere()?.getBuiltinModule?.(name) as T | undefined; // as Node's manual describes it
}

function processHere(): ProcessLike | undefined {
  const { process } = globalThis as { process?: ProcessLike };
  return process?.versions?.node === undefined ? undefined : process;
}

function pageHere(): Page | undefined {
  const { location, document } = globalThis as { location?: { readonly origin: string }; document?: PageLike };
  if (processHere() !== undefined || location === undefined) return undefined;
  return {
    origin: location.origin,
    csrfToken: () => document?.querySelector('meta[name="csrf-token"]')?.content,
  };
}

/** What a missing file, or a path through something that is no directory, fails with. */
const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");

/** Those of the program that runs. Nothing is read before it is asked for: Deno asks its user about each. */
export const surroundings: Surroundings = {
  variable: (name) => processHere()?.env[name],
  home: () => builtin<{ homedir(): string }>("node:os")?.homedir(),
  readText(path) {
    const files = builtin<{ readFileSync(path: string, encoding: "utf8"): string }>("node:fs");
    try {
      return files?.readFileSync(path, "utf8");
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  get page() {
    return pageHere();
  },
};

/** A package that this one can do without, from beside it; undefined where it is not installed. */
export function optionalPackage<T>(name: string): T | undefined {
  const module = builtin<{ createRequire(from: string): (name: string) => T }>("node:module");
  try {
    return module?.createRequire(import.meta.url)(name);
  } catch {
    return undefined;
  }
}
