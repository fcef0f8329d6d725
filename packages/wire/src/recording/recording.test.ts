import { toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { DrpcFrameDecoder } from "../drpc/frame-decoder.ts";
import { encodeFrame } from "../drpc/frame.ts";
import { encodeHeader, frameTypes } from "../yamux/frame.ts";
import { readRecording, setFields } from "./index.ts";
import type { Recording, Side } from "./index.ts";

const sides: readonly Side[] = ["client", "server"];

function recorded(name: string): Promise<Recording> {
  return readRecording(new URL(`../../../../e2e/reference/agent/${name}.jsonl`, import.meta.url));
}

/** Everything a side sent on one stream, as the stream's bytes. */
function streamBytes({ frames }: Recording, from: Side, streamId: number): Buffer {
  const ours = frames.filter(({ header, ...frame }) => frame.from === from && header.streamId === streamId);
  return Buffer.concat(ours.map(({ payload }) => payload));
}

describe.for(["fresh-start-to-stop", "reconnect-after-server-restart", "client-coordinate"])("%s", (name) => {
  test("frames encode again to the bytes that were seen, the unfinished one included", async () => {
    const recording = await recorded(name);
    for (const side of sides) {
      const seen = Buffer.concat(recording.messages.filter(({ from }) => from === side).map(({ data }) => data));
      const frames = recording.frames.filter(({ from }) => from === side);

      const again = Buffer.concat([
        ...frames.flatMap(({ header, payload }) => [encodeHeader(header), payload]),
        recording.unfinished[side],
      ]);

      expect(again.equals(seen)).toBe(true);
    }
  });

  test("dRPC frames of every stream encode again to the same bytes", async () => {
    const recording = await recorded(name);
    const streamIds = new Set(recording.frames.map(({ header }) => header.streamId));
    streamIds.delete(0);
    for (const side of sides) {
      for (const streamId of streamIds) {
        const seen = streamBytes(recording, side, streamId);
        const again: Buffer[] = [];
        const decoder = new DrpcFrameDecoder((frame) => again.push(encodeFrame(frame)));

        for (const byte of seen) decoder.push(Buffer.from([byte]));

        expect(Buffer.concat(again).equals(seen)).toBe(true);
      }
    }
  });

  test("every message encodes again to the same bytes, and has no field that we do not know", async () => {
    const { calls } = await recorded(name);
    for (const { requests, responses, path } of calls) {
      for (const { schema, message, bytes } of [...requests, ...responses]) {
        expect(Buffer.from(toBinary(schema, message)).equals(bytes), path).toBe(true);
        expect(
          JSON.stringify(message, (key, value: unknown) => (typeof value === "bigint" ? `${value}` : value)),
        ).not.toContain("$unknown");
      }
    }
    expect(calls.length).toBeGreaterThan(3);
  });
});

test("a session from start to stop makes the calls that were seen", async () => {
  const { path, calls, closes, unfinished } = await recorded("fresh-start-to-stop");

  expect(path).toContain("version=2.10");
  expect(
    calls
      .slice(0, 4)
      .map(({ method }) => method.name)
      .toSorted(),
  ).toEqual(["GetAnnouncementBanners", "GetManifest", "GetResourcesMonitoringConfiguration", "PushContextState"]);
  expect(calls[4]?.method.name).toBe("UpdateStartup");
  expect(calls.filter(({ method }) => method.name === "ReportConnection")).toHaveLength(4);
  expect(calls.at(-1)).toMatchObject({
    path: "/coder.agent.v2.Agent/UpdateLifecycle",
    caller: "client",
    requests: [{ message: { lifecycle: { state: 9 } } }],
    endings: [
      { from: "client", kind: "close_send" },
      { from: "server", kind: "close_send" },
      { from: "client", kind: "close" },
      { from: "client", kind: "fin" },
      { from: "server", kind: "fin" },
    ],
  });
  expect(closes.map(({ code }) => code)).toEqual([1000, 1000]);
  expect(unfinished).toEqual({ client: Buffer.alloc(0), server: Buffer.alloc(0) });
});

test("the recording of a reconnect ends inside a frame: a header without its payload", async () => {
  const { unfinished } = await recorded("reconnect-after-server-restart");

  expect(unfinished.client).toEqual(encodeHeader({ type: frameTypes.data, flags: 0, streamId: 65, length: 105 }));
  expect(unfinished.server).toEqual(Buffer.alloc(0));
});

test("metadata descriptions carry seconds as nanoseconds", async () => {
  const { calls } = await recorded("fresh-start-to-stop");
  const manifest = calls.find(({ method }) => method.name === "GetManifest")?.responses[0];

  expect(manifest?.message).toMatchObject({ metadata: [{ interval: { seconds: 0n, nanos: 5 } }] });
  expect(manifest && setFields(manifest.schema, manifest.message)).toMatchInlineSnapshot(`
    [
      "agent_id",
      "agent_name",
      "apps[].display_name",
      "apps[].health",
      "apps[].healthcheck.interval",
      "apps[].healthcheck.threshold",
      "apps[].healthcheck.url",
      "apps[].id",
      "apps[].sharing_level",
      "apps[].slug",
      "apps[].url",
      "derp_map.home_params",
      "derp_map.regions[].embedded_relay",
      "derp_map.regions[].nodes[].derp_port",
      "derp_map.regions[].nodes[].force_http",
      "derp_map.regions[].nodes[].host_name",
      "derp_map.regions[].nodes[].name",
      "derp_map.regions[].nodes[].region_id",
      "derp_map.regions[].nodes[].stun_port",
      "derp_map.regions[].region_code",
      "derp_map.regions[].region_id",
      "derp_map.regions[].region_name",
      "directory",
      "environment_variables[]",
      "git_auth_configs",
      "metadata[].display_name",
      "metadata[].interval",
      "metadata[].key",
      "metadata[].script",
      "metadata[].timeout",
      "owner_username",
      "scripts[].id",
      "scripts[].log_path",
      "scripts[].log_source_id",
      "scripts[].run_on_start",
      "scripts[].run_on_stop",
      "scripts[].script",
      "scripts[].timeout",
      "workspace_id",
      "workspace_name",
    ]
  `);
});
