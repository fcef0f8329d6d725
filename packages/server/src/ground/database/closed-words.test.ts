import { expect, test } from "vitest";
import { wordsOfCheck, wordsOfGenerated } from "./closed-words.ts";

test.for([
  ["a list", "CHECK ((stage = ANY (ARRAY['none'::text, 'create'::text])))", ["none", "create"]],
  ["one word", "CHECK ((plan_mode = 'plan'::text))", ["plan"]],
  ["a quote inside", "CHECK ((x = ANY (ARRAY['it''s'::text, 'b, c'::text])))", ["it's", "b, c"]],
  ["a list of words", "CHECK ((subsystems <@ ARRAY['envbox'::text, 'exectrace'::text]))", ["envbox", "exectrace"]],
  ["a bound", "CHECK ((logs_length <= 1048576))", undefined],
  ["a list or more", "CHECK (((x = ANY (ARRAY['a'::text])) OR (x IS NULL)))", undefined],
] as const)("the words of a constraint: %s", ([, definition, words]) => {
  expect(wordsOfCheck(definition)).toEqual(words);
});

test.for([
  [
    "nested cases",
    "CASE WHEN a THEN CASE WHEN b THEN 'x'::text ELSE 'y'::text END WHEN c THEN 'x'::text ELSE 'z'::text END",
    ["x", "y", "z"],
  ],
  ["a branch that is no word", "CASE WHEN a THEN 'x'::text ELSE name END", undefined],
  ["no case at all", "lower(name)", undefined],
] as const)("the words of a computed column: %s", ([, expression, words]) => {
  expect(wordsOfGenerated(expression)).toEqual(words);
});
