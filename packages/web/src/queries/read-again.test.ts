import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { readAgain } from "./read-again.ts";
import { touchedBy } from "./touched.ts";
import { workspaceByName } from "./workspaces.ts";

const event = (id: string) => ({ kind: "state_change" as const, workspace_id: id });

/** A page that shows a workspace, and each of its reads as it waits for its answer. */
function page() {
  const reads: PromiseWithResolvers<{ id: string }>[] = [];
  const queryClient = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        queryFn: () => {
          const read = Promise.withResolvers<{ id: string }>();
          reads.push(read);
          return read.promise;
        },
      },
    },
  });
  const { queryKey } = workspaceByName("ada", "dev");
  const observer = new QueryObserver(queryClient, { queryKey });
  const leave = observer.subscribe(() => undefined);
  const answer = async (id: string) => {
    reads.at(-1)?.resolve({ id });
    await reads.at(-1)?.promise;
    await Promise.resolve();
  };
  return { queryClient, reads, answer, [Symbol.dispose]: leave };
}

test("what was read is read again when it is touched, and only then", async () => {
  using it = page();
  await it.answer("a");
  await expect.poll(() => it.queryClient.isFetching()).toBe(0);

  void readAgain(it.queryClient, touchedBy([event("b")]));
  expect(it.reads).toHaveLength(1);
  void readAgain(it.queryClient, touchedBy([event("a")]));
  expect(it.reads).toHaveLength(2);
});

test.for([
  ["read again when it turns out to be touched", "a", 2],
  ["left as it is when it is not", "b", 1],
] as const)("what is being read for the first time is %s", async ([, id, count]) => {
  using it = page();
  void readAgain(it.queryClient, touchedBy([event("a")]));
  expect(it.reads).toHaveLength(1);

  await it.answer(id);

  await expect.poll(() => it.queryClient.isFetching()).toBe(count - 1);
  expect(it.reads).toHaveLength(count);
});
