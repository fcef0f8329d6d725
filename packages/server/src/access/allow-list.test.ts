import fc from "fast-check";
import { expect, test } from "vitest";
import { entriesBeyond, faultOfAllowList, idsOf, listHolds, normalEntry } from "./allow-list.ts";
import type { Action } from "./catalogue.ts";

const a = "0a0a0a0a-0000-4000-8000-00000000000a";
const b = "0b0b0b0b-0000-4000-8000-00000000000b";

test.for<[list: string[], action: Action, id: string | undefined, holds: boolean]>([
  [["*:*"], "workspace:read", a, true],
  [["*:*"], "workspace:create", undefined, true],
  [[`workspace:${a}`], "workspace:read", a, true],
  [[`workspace:${a}`], "workspace:ssh", a, true],
  [[`workspace:${a}`], "workspace:read", b, false],
  [[`workspace:${a}`], "template:read", a, false],
  [[`workspace:${a}`], "workspace:create", undefined, false],
  [["workspace:*"], "workspace:create", undefined, true],
  [["workspace:*"], "template:read", a, false],
  [[`*:${a}`], "template:read", a, true],
  [[`*:${a}`], "template:read", b, false],
  [[`*:${a}`], "template:create", undefined, false],
  [[`template:${b}`, `workspace:${a}`], "workspace:stop", a, true],
  [[], "workspace:read", a, false],
  [["workspace"], "workspace:read", a, false],
  [["workspace:"], "workspace:create", undefined, false],
  [["*"], "workspace:read", a, false],
  [["deployment_config:*"], "prebuilds_settings:update", undefined, true],
])("of the list %j, %s of %s: %s", ([list, action, id, holds]) => {
  expect(listHolds(list, action, id)).toBe(holds);
});

test.for<[list: string[], ids: string[] | undefined]>([
  [[], []],
  [["template:*", `user:${a}`], []],
  [
    [`workspace:${a}`, `template:${b}`, "workspace:b:c", `*:${b}`],
    [a, "b:c", b],
  ],
  [[`workspace:${a}`, "workspace:*"], undefined],
])("of the list %j, these are the ids of workspaces: %j", ([list, ids]) => {
  expect(idsOf(list, "workspace:read")).toEqual(ids);
});

const types = fc.constantFrom("workspace", "template", "user", "*");
const ids = fc.constantFrom(a, b, "*");
const entries = fc.tuple(types, ids).map(([type, id]) => `${type}:${id}`);
const lists = fc.array(entries, { maxLength: 4 });
const actions = fc.constantFrom<Action>(
  "workspace:read",
  "workspace:ssh",
  "template:read",
  "template:update",
  "user:read",
);
const things = fc.constantFrom(a, b, undefined);

test("a thing is held when some entry names it or all of its kind", () => {
  fc.assert(
    fc.property(lists, actions, things, (list, action, id) => {
      const type = action.slice(0, action.indexOf(":"));
      const named = [`${type}:*`, "*:*", ...(id === undefined ? [] : [`${type}:${id}`, `*:${id}`])];
      expect(listHolds(list, action, id)).toBe(list.some((entry) => named.includes(entry)));
    }),
  );
});

test("a list with nothing beyond another reaches nothing that the other does not", () => {
  fc.assert(
    fc.property(lists, lists, actions, things, (own, wanted, action, id) => {
      const kept = wanted.filter((entry) => entriesBeyond(own, [entry]).length === 0);
      expect(entriesBeyond(own, kept)).toEqual([]);
      if (listHolds(kept, action, id)) expect(listHolds(own, action, id)).toBe(true);
      expect(entriesBeyond(own, own)).toEqual([]);
    }),
  );
});

test("any text is an entry that is refused, or one that names ids of a type", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), entries), (text) => {
      if (faultOfAllowList([normalEntry(text)]) !== undefined) return;
      expect(text).toMatch(/^[a-z_0-9*]+:(\*|[0-9a-f-]{36}|[A-Za-z0-9]{10})$/i);
    }),
  );
});

test("ids are stored as they are compared", () => {
  expect(normalEntry(`workspace:${a.toUpperCase()}`)).toBe(`workspace:${a}`);
  expect(normalEntry({ type: "template", id: "*" })).toBe("template:*");
  expect(normalEntry("api_key:AbCdEfGh12")).toBe("api_key:AbCdEfGh12");
  expect(idsOf(["api_key:AbCdEfGh12"], "api_key:read")).toEqual(["AbCdEfGh12"]);
});

test.for<[list: string[], fault: RegExp | undefined]>([
  [["*:*"], undefined],
  [["workspace:*", `template:${a}`], undefined],
  [["api_key:AbCdEfGh12"], undefined],
  [[], /^holds nothing/],
  [["workspace"], /is no "type:id"/],
  [[""], /is no "type:id"/],
  [["nothing:*"], /names no type of resource/],
  [[`workspaces:${a}`], /names no type/],
  [["workspace:"], /has no id/],
  [["workspace:**"], /has no id/],
  [["workspace:AbCdEfGh12"], /has no id/],
  [["api_key:AbCdEfGh1"], /has no id/],
  [["api_key:AbCdEfGh123"], /has no id/],
  [[`workspace:${a}0`], /has no id/],
  [[`workspace:0${a}`], /has no id/],
  [[`workspace:${a.replaceAll("-", "")}`], /has no id/],
  [["workspace:*", "template:x", "nothing:*"], /^"template:x" has no id/],
])("what is wrong with the list %j: %s", ([list, fault]) => {
  if (fault === undefined) expect(faultOfAllowList(list)).toBeUndefined();
  else expect(faultOfAllowList(list)).toMatch(fault);
});

test.for<[own: string[], wanted: string[], beyond: string[]]>([
  [["*:*"], ["workspace:*", `template:${a}`], []],
  [["workspace:*"], [`workspace:${a}`, "*:*", `*:${a}`, "template:*"], ["*:*", `*:${a}`, "template:*"]],
  [[`*:${a}`], [`workspace:${a}`, `workspace:${b}`, "workspace:*"], [`workspace:${b}`, "workspace:*"]],
  [[`template:${b}`, `workspace:${a}`], [`workspace:${a}`, `template:${a}`], [`template:${a}`]],
  [[], ["workspace:*"], ["workspace:*"]],
])("of a key of %j, of the wanted %j these are beyond it: %j", ([own, wanted, beyond]) => {
  expect(entriesBeyond(own, wanted)).toEqual(beyond);
});
