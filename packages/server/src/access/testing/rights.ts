import { expect, test } from "vitest";
import type { Logger } from "@hearth/base";
import { recordingLogger, type RecordingLogger } from "@hearth/base/recording-logger";
import { systemActor, type SystemActor } from "../actor.ts";
import type { Action } from "../catalogue.ts";
import { systemPermissions, type SystemActorName, type SystemPermissions } from "../system-actors.ts";

type Lists<Name extends SystemActorName> = (typeof systemPermissions)[Name];
/** A right of this part of the server. */
type RightOf<Name extends SystemActorName> = {
  [Where in keyof Lists<Name>]: Lists<Name>[Where] extends readonly (infer Right extends Action)[] ? Right : never;
}[keyof Lists<Name>];

/** Runs a part of the server for real, as this actor, and tells whether it has done what it should. */
export type Probe = (part: SystemActor, log: Logger) => Promise<boolean>;

/** What a part does with each of its rights, by what it is. One that is not in the part's list does not fit, nor may one be left out. */
export type Probes<Name extends SystemActorName> = Readonly<Record<RightOf<Name>, Readonly<Record<string, Probe>>>>;

/**
 * Makes two tests of each probe: with all its rights the part does what it should and asks for no other; with that one
 * right taken away it does not, and what refuses it names the right.
 */
export function testRights<Name extends SystemActorName>(name: Name, probes: Probes<Name>): void {
  const cases = Object.entries<Readonly<Record<string, Probe>>>(probes).flatMap(
    ([right, byDeed]) => Object.entries(byDeed).map(([deed, probe]) => ({ right: right as Action, deed, probe })), // keys of Probes
  );
  test.for(cases)(`the ${name} does: $deed`, async ({ probe }) => {
    const log = recordingLogger();

    expect(await probe(systemActor(name), log)).toBe(true);
    expect(missing(log)).toEqual([]);
  });
  test.for(cases)(`the ${name} without $right does not: $deed`, async ({ right, probe }) => {
    const log = recordingLogger();

    expect(await probe(systemActor(name, without(systemPermissions[name], right)), log)).toBe(false);
    expect(new Set(missing(log))).toEqual(new Set([right]));
  });
}

function without({ site, user = [] }: SystemPermissions, right: Action): SystemPermissions {
  const others = (list: readonly Action[]) => list.filter((each) => each !== right);
  return { site: others(site), user: others(user) };
}

/** The rights that were asked for and not there, as they were logged. */
function missing(log: RecordingLogger): unknown[] {
  return log.lines
    .filter(({ level, fields }) => level === "error" && "right" in fields)
    .map(({ fields }) => fields.right);
}
