import { systemClock, type Clock } from "@hearth/base";
import { createClient, type Client } from "../client.ts";
import { getWorkspace, getWorkspaceByName, listWorkspaces } from "../endpoints/workspaces.ts";
import type { Workspace } from "../schemas/workspaces.ts";
import { choose, type Choice, type WantedWorkspace } from "./choose.ts";
import { claimAndWait, createAndWait, type ClaimOptions, type CreateOptions } from "./create.ts";
import { findLogIn } from "./log-in.ts";
import { within, type Ground, type Means, type WaitOptions } from "./means.ts";
import { Offers } from "./offers.ts";
import { socketOpener, type WebSocketClass } from "./sockets.ts";
import { surroundings } from "./surroundings.ts";
import { HearthWorkspace } from "./workspace.ts";

/** Which server, as whom, and by what means. Everything has a default. */
export interface HearthOptions {
  /** Root of the server. @default `HEARTH_URL`, else that of `hearth login`; in a browser the page's own */
  readonly url?: string | undefined;
  /** @default `HEARTH_SESSION_TOKEN`, else that of `hearth login` where the address is the same; in a browser its cookie */
  readonly token?: string | undefined;
  /** Where `hearth login` keeps both. @default `HEARTH_CONFIG_DIR`, else `~/.config/hearth` */
  readonly configDirectory?: string | undefined;
  /** @default the platform's own */
  readonly fetch?: typeof fetch | undefined;
  /** @default the platform's own; where it has none (Node 20), that of the package `ws`, if it is installed */
  readonly WebSocket?: WebSocketClass | undefined;
  /** Time, for tests. */
  readonly clock?: Clock | undefined;
}

/** Narrows what `list` gives, and gives it up. */
export interface ListOptions {
  /** As in the dashboard's search: `status:running template:starter`. @default all of one's own */
  readonly query?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Looking up takes milliseconds; a server that does not answer is told of sooner than a build that takes long. */
const longestLookUpMs = 60_000;
const pageSize = 100;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * A server of Hearth, as somebody. Opens nothing before it is asked for something, and needs no closing.
 *
 * ```ts
 * const hearth = new Hearth();
 * await using ws = await hearth.claim({ preset: "small" });
 * const { stdout } = await ws.exec("npm test");
 * ```
 */
export class Hearth {
  /** For everything that this class has no word for: every route of `@hearth/sdk/api` by `client.call`. */
  readonly client: Client;
  readonly #ground: Ground;
  readonly #offers: Offers;

  /** @throws SetupError when no server is named, or nobody is logged in there */
  constructor(options: HearthOptions = {}) {
    const { url, token } = findLogIn(options, surroundings);
    const { page } = surroundings;
    const isByCookie = token === undefined;
    this.client = createClient({
      url,
      token,
      fetch: options.fetch,
      headers: isByCookie ? () => csrfHeader(page?.csrfToken()) : undefined,
    });
    this.#ground = {
      client: this.client,
      clock: options.clock ?? systemClock,
      openSocket: socketOpener(options.WebSocket),
    };
    this.#offers = new Offers(this.client);
  }

  /**
   * A workspace for as long as it is needed: a warm one where the preset keeps some, else a new one. Resolves once its
   * agent is connected. `await using` deletes it at the end of the block unless {@link HearthWorkspace.keep} was called; so
   * does `ws.delete()`. When this rejects, nothing is left behind.
   * @throws ChoiceError; ApiError; WorkspaceFailed; the signal's reason, or a `TimeoutError`
   */
  async claim(options: ClaimOptions = {}): Promise<HearthWorkspace> {
    return await within(this.#ground, options, "claim", async (means) => {
      const workspace = await claimAndWait(await this.#choose(options, means), options, means);
      return this.#handle(workspace, { agent: options.agent, isKept: false });
    });
  }

  /**
   * A workspace with a name that stays until somebody deletes it. Resolves once its agent is connected; one that fails on
   * the way is left as it is, to be looked into.
   * @throws as {@link Hearth.claim}
   */
  async create(options: CreateOptions): Promise<HearthWorkspace> {
    return await within(this.#ground, options, "create", async (means) => {
      const workspace = await createAndWait(await this.#choose(options, means), options, means);
      return this.#handle(workspace, { agent: options.agent });
    });
  }

  /**
   * A workspace by `name`, `owner/name` or id, running or not.
   * @throws ApiError `not_found`, …
   */
  async get(
    name: string,
    options: { readonly agent?: string | undefined } & WaitOptions = {},
  ): Promise<HearthWorkspace> {
    return await this.#lookUp(options, "get", async ({ client, signal }) => {
      const [first = "", second] = name.split("/", 2);
      const workspace = uuid.test(name)
        ? await client.call(getWorkspace, { params: { workspace: name }, query: {}, signal })
        : await client.call(getWorkspaceByName, {
            params:
              second === undefined ? { user: "me", workspacename: first } : { user: first, workspacename: second },
            query: {},
            signal,
          });
      return this.#handle(workspace, { agent: options.agent });
    });
  }

  /** All that match, favourites first, then what runs. @throws ApiError */
  async list({ query = "owner:me", signal }: ListOptions = {}): Promise<HearthWorkspace[]> {
    return await this.#lookUp({ signal }, "list", async ({ client, signal: bounded }) => {
      const found: Workspace[] = [];
      for (;;) {
        const page = await client.call(listWorkspaces, {
          query: { q: query, limit: pageSize, offset: found.length },
          signal: bounded,
        });
        found.push(...page.workspaces);
        if (page.workspaces.length < pageSize) return found.map((workspace) => this.#handle(workspace));
      }
    });
  }

  async #lookUp<T>(options: WaitOptions, what: string, fn: (means: Means) => Promise<T>): Promise<T> {
    return await within(this.#ground, { timeoutMs: longestLookUpMs, ...options }, what, fn);
  }

  async #choose(wanted: WantedWorkspace, { signal }: Means): Promise<Choice> {
    return choose(wanted, await this.#offers.list(wanted.template, signal));
  }

  #handle(workspace: Workspace, { agent, isKept = true }: { agent?: string | undefined; isKept?: boolean } = {}) {
    return new HearthWorkspace(this.#ground, workspace, { agent, isKept });
  }
}

function csrfHeader(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { "X-CSRF-TOKEN": token };
}
