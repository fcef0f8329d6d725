import fc from "fast-check";
import { expect, test } from "vitest";
import { refusalOfUnsandboxed, type Answerer, type UnsandboxedFacts } from "./unsandboxed.ts";

const owner: Answerer = { name: "olga", roles: ["owner"] };
/** An organization's admin is a plain member of the site. */
const orgAdmin: Answerer = { name: "adam", roles: [] };
const member: Answerer = { name: "mel", roles: ["template-admin"] };

function facts(given: Partial<UnsandboxedFacts>): UnsandboxedFacts {
  const usual = { isAllowedForAll: false, versionName: "v1", author: owner, promoter: owner, owner, valueGivers: [] };
  return { ...usual, ...given };
}

// Whoever asks for the build is not among the facts: who clicks changes nothing.
test.for<[who: string, given: Partial<UnsandboxedFacts>, refusal: string | undefined]>([
  ["an owner's version, promoted by an owner, in an owner's workspace", {}, undefined],
  ["the same in the pool", { owner: undefined }, undefined],
  ["the same in a member's workspace", { owner: member }, '"mel" is no owner'],
  ["the same in an organization admin's workspace", { owner: orgAdmin }, '"adam" is no owner'],
  ["an organization admin's version in an owner's workspace", { author: orgAdmin }, 'was written by "adam"'],
  ["an organization admin's version in the pool", { author: orgAdmin, owner: undefined }, 'was written by "adam"'],
  ["an owner's version that an organization admin promoted", { promoter: orgAdmin }, 'was promoted by "adam"'],
  ["the same in the pool", { promoter: orgAdmin, owner: undefined }, 'was promoted by "adam"'],
  ["an owner's version that nobody promoted", { promoter: undefined }, "no owner has promoted"],
  ["values that an owner chose", { valueGivers: [owner] }, undefined],
  [
    "values that an organization admin chose, of several",
    { valueGivers: [owner, orgAdmin] },
    '"adam", who is no owner',
  ],
  ["somebody who is no owner any more", { author: { name: "olga", roles: [] } }, 'was written by "olga"'],
  ["anybody, where the operator says so", { isAllowedForAll: true, author: member, owner: member }, undefined],
])("without a sandbox: %s", ([, given, refusal]) => {
  const refused = refusalOfUnsandboxed(facts(given));
  if (refusal === undefined) expect(refused).toBeUndefined();
  else expect(refused).toContain(refusal);
});

test("it runs only where everybody who answers is an owner", () => {
  const anybody = fc.constantFrom(owner, orgAdmin, member);
  const given = fc.record({
    author: anybody,
    promoter: fc.option(anybody, { nil: undefined }),
    owner: fc.option(anybody, { nil: undefined }),
    valueGivers: fc.array(anybody),
  });
  fc.assert(
    fc.property(given, (who) => {
      const people = [who.author, who.promoter, ...(who.owner === undefined ? [] : [who.owner]), ...who.valueGivers];
      const mayRun = refusalOfUnsandboxed(facts(who)) === undefined;
      expect(mayRun).toBe(people.every((person) => person === owner));
    }),
  );
});
