import { describe, expect, test } from "vitest";
import { FakeClock } from "@hearth/base/fake-clock";
import type { ChatPart } from "../../ground/database/index.ts";
import { decideEvent, type ChatState } from "./decide-event.ts";
import { Episodes, joinParts } from "./episodes.ts";

const me = { workerId: "w", runnerId: "r" };
const running: ChatState = {
  snapshotVersion: 5,
  historyVersion: 3,
  status: "running",
  archived: false,
  ...me,
};

describe("a runner that hears", () => {
  test.for<[what: string, seen: ChatState | undefined, heard: Partial<ChatState>, reaction: unknown]>([
    ["for the first time begins", undefined, {}, { start: "generation" }],
    ["what is old does nothing", running, { snapshotVersion: 5, status: "interrupting" }, "nothing"],
    ["what is older does nothing", running, { snapshotVersion: 4, historyVersion: 4 }, "nothing"],
    ["of the same point remembers it", running, { snapshotVersion: 6 }, "remember"],
    ["of another history begins anew", running, { snapshotVersion: 6, historyVersion: 6 }, { start: "generation" }],
    ["that it is to stop stops", running, { snapshotVersion: 6, status: "interrupting" }, { start: "interrupt" }],
    [
      "that the client is asked waits",
      running,
      { snapshotVersion: 6, status: "requires_action" },
      { start: "deadline" },
    ],
    ["that it rests leaves", running, { snapshotVersion: 6, status: "waiting" }, "leave"],
    ["that it failed leaves", running, { snapshotVersion: 6, status: "error" }, "leave"],
    ["that it is archived leaves", running, { snapshotVersion: 6, archived: true }, "leave"],
    ["that another replica has it leaves", running, { snapshotVersion: 6, workerId: "x" }, "leave"],
    ["that another activation has it leaves", running, { snapshotVersion: 6, runnerId: "x" }, "leave"],
    ["that nobody has it leaves", running, { snapshotVersion: 6, workerId: null, runnerId: null }, "leave"],
  ])("%s", ([, seen, heard, reaction]) => {
    expect(decideEvent(seen, me, { ...running, ...heard })).toEqual(reaction);
  });
});

const key = { chatId: "c", historyVersion: 1, attempt: 1 };
const text = (value: string): ChatPart => ({ type: "text", text: value });

function open(episodeBytes = 1_000) {
  const clock = new FakeClock();
  const stop = new AbortController();
  return { clock, episodes: new Episodes(clock, { episodeBytes, episodeKeptMs: 15_000 }, stop.signal) };
}

test("[chat 175] whoever comes late hears all of an episode, numbered from one without gaps", () => {
  const { episodes } = open();
  const episode = episodes.open(key);
  episode.push("assistant", text("a"));
  episode.push("assistant", text("b"));
  let rung = 0;
  using _heard = episodes.find(key)?.listen(() => rung++);
  episode.push("assistant", text("c"));

  expect(episodes.find(key)?.parts.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expect(rung).toBe(1);
  expect(episodes.find({ ...key, attempt: 2 })).toBeUndefined();
});

test("[chat 178] what has no room is dropped, and all that follows it", () => {
  const { episodes } = open(Buffer.byteLength(JSON.stringify(text("aaaa"))) * 2);
  const episode = episodes.open(key);
  for (const part of ["aaaa", "bbbb", "cccc", ""]) episode.push("assistant", text(part));

  expect(episode.parts.map(({ part }) => part)).toEqual([text("aaaa"), text("bbbb")]);
});

test("a closed episode says nothing more, and is forgotten once nobody listens", async () => {
  const { clock, episodes } = open();
  const episode = episodes.open(key);
  const listening = episode.listen(() => undefined);
  episodes.close(episode);
  episode.push("assistant", text("late"));
  expect(episode.parts).toEqual([]);

  await clock.asleep("chat-episode");
  await clock.advance(15_000);
  expect(episodes.find(key)).toBe(episode);
  listening[Symbol.dispose]();
  await clock.asleep("chat-episode");
  await clock.advance(15_000);
  expect(episodes.find(key)).toBeUndefined();
});

test("pieces of a text are one, and calls that were not whole are none", () => {
  const whole: ChatPart = { type: "tool-call", tool_call_id: "1", tool_name: "t", args: {} };
  expect(
    joinParts([
      { type: "reasoning", text: "h" },
      { type: "reasoning", text: "m" },
      text("a"),
      text("b"),
      { type: "tool-call", tool_call_id: "1", tool_name: "t", args_delta: "{}" },
      whole,
      { type: "tool-call", tool_call_id: "2", tool_name: "t", args_delta: "{" },
      text("c"),
    ]),
  ).toEqual([{ type: "reasoning", text: "hm" }, text("ab"), whole, text("c")]);
});
