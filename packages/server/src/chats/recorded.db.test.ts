import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ChatStreamEvent, ChatWatchEvent } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import { ChatWorld, saying, shapeDifferences } from "../testing/index.ts";

interface Step {
  readonly method: string;
  readonly path: string;
  readonly request?: object;
  readonly status: number;
  readonly response?: unknown;
}

const recorded = JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/recorded.json"), "utf8")) as {
  readonly steps: readonly Step[];
  readonly events: readonly { readonly type: string }[];
  readonly watch: readonly { readonly kind: string }[];
}; // our own recording

describe.for(["/api/experimental/chats", "/api/v2/chats"])("at %s", (prefix) => {
  test("a recorded session with a chat gets the answers that were recorded", async () => {
    await using world = await ChatWorld.create();
    await using _work = world.replica.work();
    const { models } = world;
    let answered = 0;
    /** The model answers whatever it was asked, until the chat is so. */
    const until = async (id: string, status: string) => {
      while ((await world.row(id)).status !== status) {
        const asked = await Promise.race([models.askedFor(answered + 1), changed(id)]);
        if (asked === undefined) continue;
        answered++;
        asked.end(saying("Hello there, I am a scripted model."));
      }
    };
    const changed = async (id: string): Promise<undefined> => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      using _heard = world.pubsub.subscribe("chat_update", id, {
        onMessage: () => resolve(undefined),
        onDropped: () => resolve(undefined),
      });
      if ((await world.row(id)).status === "waiting") return undefined;
      return await promise;
    };
    let chat = "";
    let queued = 0;
    const wrong: string[] = [];
    for (const step of recorded.steps) {
      // What the recording did while the chat worked is done while it works; the rest when it rests.
      const isBusy = /queue\/\d+\/promote|"busy_behavior"/.test(`${step.path}${JSON.stringify(step.request)}`);
      if (chat !== "" && !isBusy) await until(chat, (await world.row(chat)).status === "error" ? "error" : "waiting");
      const first = chat === "" ? 0 : ((await world.history(chat)).find(({ deleted }) => !deleted)?.id ?? 0);
      const path = step.path
        .replace("{chat}", chat)
        .replace(/messages\/\d+/, `messages/${first}`)
        .replace(/queue\/\d+\/promote/, `queue/${queued}/promote`);
      const body = step.method === "POST" && path === "" ? { organization_id: world.organizationId } : {};
      const request = step.request === undefined ? undefined : { ...body, ...step.request };
      const answer = await world.ask<{ id?: string; queued_message?: { id: number } }>(step.method, path, request, {
        prefix,
      });
      if (answer.status !== step.status) {
        wrong.push(`${step.method} ${step.path}: ${answer.status}, not ${step.status}: ${JSON.stringify(answer.body)}`);
      } else if (step.status < 300) {
        const differences = shapeDifferences(step.response, answer.body);
        wrong.push(...differences.map((difference) => `${step.method} ${step.path}: ${difference}`));
      }
      chat = chat === "" ? (answer.body?.id ?? "") : chat;
      queued = answer.body?.queued_message?.id ?? queued;
    }

    expect(wrong).toEqual([]);
    await until(chat, "waiting");
    const { body } = await world.ask<api.ChatMessagesResponse>("GET", `/${chat}/messages`);
    expect(body.messages.map(({ content: [part] }) => part?.text)).toContain("edited text");
  });
});

test("every event that was recorded is one of ours, and of the same fields", () => {
  for (const event of recorded.events) {
    expect(ChatStreamEvent.safeParse(event).error, event.type).toBeUndefined();
    expect(ChatStreamEvent.parse(event)).toEqual(event);
  }
  for (const event of recorded.watch) {
    expect(ChatWatchEvent.parse(event)).toEqual(event);
  }
  expect(recorded.events.length).toBeGreaterThan(4);
});
