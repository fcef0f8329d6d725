import { ApiError } from "@hearth/sdk";
import { notFoundMessage } from "../../access/index.ts";

/** The first of what was looked up by one id. @throws ApiError `not_found`: it is gone by now */
export function theOne<T>(found: readonly T[]): T {
  const [one] = found;
  if (one === undefined) throw new ApiError("not_found", notFoundMessage);
  return one;
}

/** How many a page has. @throws ApiError `bad_query` beyond what it may have */
export function within(limit: number | undefined, { max, usual }: { max: number; usual: number }): number {
  if (limit === undefined) return usual;
  if (limit >= 1 && limit <= max) return limit;
  throw new ApiError("bad_query", "Query parameters have invalid values.", {
    validations: [{ field: "limit", detail: `Query param must be between 1 and ${max}, not ${limit}.` }],
  });
}
