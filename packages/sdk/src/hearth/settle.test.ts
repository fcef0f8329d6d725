import { describe, expect, test } from "vitest";
import type { WorkspaceAgent } from "../schemas/agents.ts";
import type { Workspace } from "../schemas/workspaces.ts";
import { chooseAgent } from "./choose-agent.ts";
import { progressOf } from "./settle.ts";

type Agent = Partial<Pick<WorkspaceAgent, "name" | "status" | "given_up_reason" | "parent_id">>;

function workspace(job: string, transition: string, ...agents: Agent[]): Workspace {
  const whole = agents.map((agent) => ({ name: "main", parent_id: null, connection_timeout_seconds: 120, ...agent }));
  return {
    name: "dev",
    latest_build: {
      id: "b",
      build_number: 2,
      transition,
      job: { status: job, error: "no disk" },
      resources: [{ agents: whole }],
    },
  } as Workspace; // what is looked at, and no more
}

describe("a build", () => {
  test.for([
    ["pending", "start", [], "under_way"],
    ["running", "stop", [], "under_way"],
    ["canceling", "start", [], "under_way"],
    ["succeeded", "stop", [], "done"],
    ["succeeded", "delete", [], "done"],
    ["succeeded", "start", [], "done"],
    ["succeeded", "start", [{ status: "connecting" }], "under_way"],
    ["succeeded", "start", [{ status: "connected" }], "done"],
    ["succeeded", "start", [{ status: "connected" }, { status: "disconnected" }], "under_way"],
    // A child comes when its parent lets it.
    ["succeeded", "start", [{ status: "connected" }, { status: "connecting", parent_id: "a" }], "done"],
  ] as const)("that is %s, of a %s with agents %j: %s", ([job, transition, agents, is]) => {
    expect(progressOf(workspace(job, transition, ...agents), { id: "b", build_number: 2 }).is).toBe(is);
  });

  test("that is not to be seen yet is under way, whatever became of the one before", () => {
    expect(progressOf(workspace("failed", "start"), { id: "c", build_number: 3 }).is).toBe("under_way");
  });

  test.for([
    ["failed", "start", [], "b", /The start of workspace "dev" failed: no disk/],
    ["canceled", "stop", [], "b", /The stop of workspace "dev" was canceled/],
    ["succeeded", "start", [], "a", /Another build of workspace "dev" has begun: start/],
    ["succeeded", "start", [{ status: "timeout" }], "b", /"main" .* has not connected within 120 seconds/],
    [
      "succeeded",
      "start",
      [{ status: "disconnected", given_up_reason: "8 ends" }],
      "b",
      /not started any more: 8 ends/,
    ],
  ] as const)("that is %s, of a %s with agents %j, does not get there", ([job, transition, agents, id, why]) => {
    expect(progressOf(workspace(job, transition, ...agents), { id, build_number: 2 })).toEqual({
      is: "failed",
      why: expect.stringMatching(why),
    });
  });
});

describe("the agent that commands go to", () => {
  const two = workspace("succeeded", "start", { name: "main" }, { name: "gpu" }, { name: "inner", parent_id: "a" });

  test("is the only one, or the named one, a child too", () => {
    expect(chooseAgent(workspace("succeeded", "start", {}), undefined).name).toBe("main");
    expect(chooseAgent(two, "gpu").name).toBe("gpu");
    expect(chooseAgent(two, "inner").name).toBe("inner");
  });

  test.for([
    [two, undefined, /Which agent .* There is: main, gpu, inner\./],
    [two, "cpu", /Workspace "dev" has no agent "cpu"\. There is: main, gpu, inner\./],
    [workspace("succeeded", "stop"), undefined, /Workspace "dev" has no agent: start it\. There is none\./],
  ] as const)("is never a guess", ([of, name, message]) => {
    expect(() => chooseAgent(of, name)).toThrow(message);
  });
});
