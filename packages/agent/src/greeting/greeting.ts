import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, type Logger, withTimeout } from "@hearth/base";
import type { AgentClient } from "@hearth/wire";
import { expandPath } from "#environment/expand.ts";
import type { Workspace } from "#workspace/workspace.ts";

export interface GreetingOptions {
  readonly workspace: Workspace;
  /** The session of this moment, if there is one. */
  readonly client: () => Pick<AgentClient, "getAnnouncementBanners"> | undefined;
  readonly home: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A shell must not wait longer for words nobody may read. */
const bannersTimeoutMs = 1000;
const bannersFreshMs = 2 * 60_000;
const longestMotdBytes = 64 * 1024;

/**
 * What an interactive shell begins with: the deployment's announcements and the workspace's message of the day, or
 * nothing when the user has a `.hushlogin`. Never fails. Banners are asked for when somebody comes, and kept for 2 min.
 */
export function createGreeting({ workspace, client, home, clock, log }: GreetingOptions): () => Promise<string> {
  let kept: { readonly atMs: number; readonly text: string } | undefined;

  async function banners(): Promise<string> {
    if (kept && clock.now() - kept.atMs < bannersFreshMs) return kept.text;
    const server = client();
    if (!server) return kept?.text ?? "";
    const { announcementBanners } = await withTimeout((signal) => server.getAnnouncementBanners({}, { signal }), {
      ms: bannersTimeoutMs,
      clock,
      tag: "banners",
    });
    const messages = announcementBanners.filter(({ enabled, message }) => enabled && message.trim() !== "");
    kept = { atMs: clock.now(), text: messages.map(({ message }) => `${message.trim()}\n\n`).join("") };
    return kept.text;
  }

  async function motd(): Promise<string> {
    const path = workspace.manifest?.motdPath ?? "";
    if (path === "") return "";
    const { env } = workspace.surroundings();
    await using file = await open(expandPath(path, { env, home, base: home }));
    const buffer = Buffer.alloc(longestMotdBytes);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    const text = buffer.toString("utf8", 0, bytesRead);
    return text === "" || text.endsWith("\n") ? text : `${text}\n`;
  }

  async function orNothing(part: () => Promise<string>): Promise<string> {
    try {
      return await part();
    } catch (error) {
      log.debug({ err: error }, "part of a greeting is missing");
      return "";
    }
  }

  return async () => {
    const isHushed = await stat(join(home, ".hushlogin")).then(
      () => true,
      () => false,
    );
    if (isHushed) return "";
    return (await Promise.all([orNothing(banners), orNothing(motd)])).join("");
  };
}
