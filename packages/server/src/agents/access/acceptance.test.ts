import { expect, test } from "vitest";
import { isAgentAccepted, type AgentFacts, type BuildFacts } from "./acceptance.ts";

const start: BuildFacts = { buildNumber: 3, transition: "start", stage: "none", jobStatus: "succeeded" };
const next = (facts: Partial<BuildFacts>): BuildFacts => ({ ...start, buildNumber: 4, ...facts });
const agent = (facts: Partial<AgentFacts>): AgentFacts => ({
  own: start,
  latest: start,
  isAgentDeleted: false,
  isWorkspaceDeleted: false,
  ...facts,
});

test.for<[rule: string, facts: AgentFacts, accepted: boolean]>([
  ["an agent of the latest build is let in [agents 2]", agent({}), true],
  ["an agent of an older build is not [agents 3]", agent({ latest: next({}) }), false],
  ["a pending start that follows ends the old agent", agent({ latest: next({ jobStatus: "pending" }) }), false],
  ["a pending stop keeps it [agents 4]", agent({ latest: next({ transition: "stop", jobStatus: "pending" }) }), true],
  ["a running stop keeps it [agents 4]", agent({ latest: next({ transition: "stop", jobStatus: "running" }) }), true],
  ["a stop being canceled still runs", agent({ latest: next({ transition: "stop", jobStatus: "canceling" }) }), true],
  ["a finished stop ends it [agents 4]", agent({ latest: next({ transition: "stop" }) }), false],
  ["a failed stop ends it", agent({ latest: next({ transition: "stop", jobStatus: "failed" }) }), false],
  [
    "a running stop after a failed start lets nobody in [agents 5]",
    agent({ own: { ...start, jobStatus: "failed" }, latest: next({ transition: "stop", jobStatus: "running" }) }),
    false,
  ],
  [
    "a running stop two builds later is too late",
    agent({ latest: next({ buildNumber: 5, transition: "stop", jobStatus: "running" }) }),
    false,
  ],
  ["a running delete ends it", agent({ latest: next({ transition: "delete", jobStatus: "running" }) }), false],
  ["a pending claim keeps it", agent({ latest: next({ stage: "claim", jobStatus: "pending" }) }), true],
  ["a running claim keeps it", agent({ latest: next({ stage: "claim", jobStatus: "running" }) }), true],
  ["a failed claim keeps it", agent({ latest: next({ stage: "claim", jobStatus: "failed" }) }), true],
  ["a canceled claim keeps it", agent({ latest: next({ stage: "claim", jobStatus: "canceled" }) }), true],
  ["a finished claim has an agent of its own", agent({ latest: next({ stage: "claim" }) }), false],
  [
    "the build after a failed claim ends it",
    agent({ latest: next({ buildNumber: 5, transition: "stop", jobStatus: "pending" }) }),
    false,
  ],
  ["a deleted workspace has no agents [agents 6]", agent({ isWorkspaceDeleted: true }), false],
  ["a deleted agent is none [agents 6]", agent({ isAgentDeleted: true }), false],
])("%s", ([, facts, accepted]) => {
  expect(isAgentAccepted(facts)).toBe(accepted);
});
