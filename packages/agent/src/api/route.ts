import type { IncomingMessage, ServerResponse } from "node:http";

/** A request, as the handler of its route sees it. */
export interface Ask {
  readonly request: IncomingMessage;
  readonly url: URL;
  /** What stands in the path where the route has a name, decoded. */
  readonly param: (name: string) => string;
  /** Aborts when the client has left, or when the time is up. */
  readonly signal: AbortSignal;
}

/** JSON (nothing: no body), or a stream that the handler's `send` writes and ends, at its own pace. */
export type Answer =
  | { readonly status: number; readonly body?: unknown }
  | {
      readonly status: number;
      readonly headers: Readonly<Record<string, string | number>>;
      readonly send: (response: ServerResponse) => Promise<void>;
      /** Called instead of `send` where nobody reads: gives back what was opened. */
      readonly abandon?: () => Promise<void>;
    };

export interface Route {
  /** `METHOD /path`, where `{name}` stands for one part of the path. */
  readonly at: string;
  /** It streams what it is sent, or waits: it may take longer than 20 s. */
  readonly isLong?: boolean;
  /** `false`: who asks this does not use the workspace by it. */
  readonly isUse?: false;
  readonly handle: (ask: Ask) => Promise<Answer>;
}

/** What a path gives for a route's names, or nothing when it is another's. Pure. */
export function matchRoute({ at }: Pick<Route, "at">, method: string, path: string): Map<string, string> | undefined {
  const [wanted, pattern = ""] = at.split(" ", 2);
  const expected = pattern.split("/");
  const parts = path.split("/");
  if (wanted !== method || expected.length !== parts.length) return undefined;
  const params = new Map<string, string>();
  for (const [index, part] of expected.entries()) {
    const given = parts[index] ?? "";
    if (!part.startsWith("{")) {
      if (part !== given) return undefined;
      continue;
    }
    const value = decode(given);
    if (value === undefined || value === "") return undefined;
    params.set(part.slice(1, -1), value);
  }
  return params;
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined; // a broken escape: no route has such a path
  }
}
