import { lacks, wantedDifferences } from "./compare.ts";

/** One question and its answer, as recorded. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly request?: unknown;
  readonly status: number;
  readonly content_type?: string | undefined;
  readonly response?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed, where it is JSON. */
  readonly body: unknown;
}

const differences = new Set([...wantedDifferences()].map((row) => row.replaceAll(/\{\w+\}/g, "{id}")));

/** The exchange's method and path, without ids and query; of an app by its path, without whose and which. */
export function routeOf({ method, path }: Pick<Exchange, "method" | "path">): string {
  const route = path
    .replace(/\?.*/, "")
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "{id}")
    .replace(/^\/@[^/]+\/[^/]+\/apps\/.*/, "/@{user}/{workspace}/apps/{app}");
  return `${method} ${route}`;
}

/** Whether this difference from the recording stands in `docs/compat-differences.txt`, as a case of the exchange's route. */
export function isWanted(exchange: Exchange, difference: string): boolean {
  return differences.has(`${routeOf(exchange)} | ${difference}`);
}

/** Asks what the exchange asked; a body that is not JSON is given as `bytes`. */
export async function ask(
  url: string | URL,
  { method, request }: Pick<Exchange, "method" | "request">,
  headers: Readonly<Record<string, string>>,
  bytes?: Uint8Array<ArrayBuffer>,
): Promise<Answer> {
  const body = bytes ?? (request === undefined ? undefined : JSON.stringify(request));
  const response = await fetch(url, {
    method,
    redirect: "manual",
    headers: {
      ...(bytes === undefined && body !== undefined ? { "content-type": "application/json" } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What is wrong with the answer, one sentence each. A 500 of the reference's own asks for anything that is none. */
export function faultsOf(recorded: Exchange, answer: Answer): string[] {
  if (recorded.status >= 500) return answer.status < 500 ? [] : [`status ${answer.status}, expected one below 500`];
  if (answer.status !== recorded.status) {
    return [`status ${answer.status}, expected ${recorded.status}: ${JSON.stringify(answer.body).slice(0, 300)}`];
  }
  const type = answer.headers.get("content-type") ?? undefined;
  return [
    ...(type === recorded.content_type ? [] : [`content type ${type}, expected ${recorded.content_type}`]),
    // Every client knows the server by these two.
    ...["x-coder-build-version", "x-coder-request-id"]
      .filter((name) => !answer.headers.has(name))
      .map((name) => `no header ${name}`),
    ...lacks(recorded.response === "" ? undefined : recorded.response, answer.body),
  ];
}
