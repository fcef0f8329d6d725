import { expect, test } from "vitest";
import { placements } from "./fixtures/placements.ts";
import { anywhere, mayRun, offerKey, requirementKey, type Offer, type Requirement } from "./placement.ts";
import { describeWait } from "./why-waits.ts";

const offer: Offer = {
  organizationId: "o",
  tags: { gpu: "1", zone: "a" },
  languages: ["native", "terraform"],
  engines: { docker: { livesOnHost: false }, process: { livesOnHost: true } },
  hostId: "h",
};

test.for(placements)("of a job: $what → $may", ({ may, offer: offered, job: required }) => {
  expect(mayRun(offered, required)).toBe(may);
});

test("a daemon that names no tags at all takes what needs none", () => {
  const [plain] = placements.filter(({ what }) => what === "neither has any");
  if (plain === undefined) throw new Error("no such case");

  expect(mayRun({ ...plain.offer, tags: {} }, plain.job)).toBe(true);
});

test("daemons that offer the same in any order are served alike", () => {
  const { docker, process } = offer.engines;
  const same: Offer = {
    ...offer,
    tags: { zone: "a", gpu: "1" },
    languages: ["terraform", "native"],
    engines: { process, docker } as Offer["engines"],
  };

  expect(offerKey(same)).toBe(offerKey(offer));
});

test.for<[what: string, other: Partial<Offer>]>([
  ["organization", { organizationId: "p" }],
  ["tag", { tags: { gpu: "1", zone: "b" } }],
  ["number of tags", { tags: { gpu: "1" } }],
  ["language", { languages: ["native"] }],
  ["engine", { engines: { docker: { livesOnHost: false } } }],
  ["fact of an engine", { engines: { ...offer.engines, process: { livesOnHost: true, unsandboxed: "no bwrap" } } }],
  ["host", { hostId: undefined }],
])("daemons of which one has another %s are not", ([, other]) => {
  expect(offerKey({ ...offer, ...other })).not.toBe(offerKey(offer));
});

const job: Requirement = {
  organization_id: "o",
  tags: { gpu: "1" },
  language: "native",
  engine: "process",
  host_id: "h",
};

test.for<[what: string, other: Partial<Requirement>]>([
  ["organization", { organization_id: "p" }],
  ["tag", { tags: { gpu: "2" } }],
  ["language", { language: null }],
  ["engine", { engine: "docker" }],
  ["host", { host_id: null }],
])("jobs of which one requires another %s have places of their own", ([, other]) => {
  expect(requirementKey({ ...job })).toBe(requirementKey(job));
  expect(requirementKey({ ...job, ...other })).not.toBe(requirementKey(job));
});

const tags = { scope: "organization", owner: "" };

test.for<[why: string, job: Parameters<typeof describeWait>[0], host: Parameters<typeof describeWait>[1]]>([
  ["There is no provisioner with the tags scope=organization, owner=: start one.", { ...anywhere, tags }, undefined],
  [
    "There is no provisioner with the tags gpu=1 and the template language terraform and the engine docker: start one.",
    { ...anywhere, tags: { gpu: "1" }, language: "terraform", engine: "docker" },
    { name: "of no interest", lastSeenAt: new Date(0) },
  ],
  [
    "The workspace is held by the host of the id h which is away: start that one again, or delete the workspace as an orphan, which loses what is there.",
    { ...job },
    undefined,
  ],
  [
    'The workspace is held by the host of the provisioner "one" which is away: start that one again, or delete the workspace as an orphan, which loses what is there.',
    { ...job },
    { name: "one", lastSeenAt: null },
  ],
  [
    'The workspace is held by the host of the provisioner "one", last seen at 1970-01-01T00:00:00.000Z, which is away: start that one again, or delete the workspace as an orphan, which loses what is there.',
    { ...job },
    { name: "one", lastSeenAt: new Date(0) },
  ],
])("who waits is told: %s", ([why, waiting, host]) => {
  expect(describeWait(waiting, host)).toBe(why);
});
