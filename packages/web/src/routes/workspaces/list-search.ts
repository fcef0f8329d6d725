/** What the address says about the list; what it leaves out has a default, which stays out of the address. */
export interface ListSearch {
  readonly filter: string | undefined;
  readonly page: string | undefined;
}

export const defaultFilter = "owner:me";

export function readListSearch(search: Record<string, unknown>): ListSearch {
  const { filter, page } = search;
  return {
    // An empty filter is one, too: everything that the caller may see.
    filter: typeof filter === "string" && filter !== defaultFilter ? filter : undefined,
    page: typeof page === "string" && /^[1-9]\d{0,6}$/.test(page) && page !== "1" ? page : undefined,
  };
}

/** The list that the address means; pages count from 1. */
export function listOf(search: ListSearch): { filter: string; page: number } {
  return { filter: search.filter ?? defaultFilter, page: Number(search.page ?? 1) };
}
