import { Loading, Skeleton } from "../../ui/Skeleton.tsx";

/** A page that is on its way: a heading, and rows of what comes. */
export function PageSkeleton() {
  return (
    <main className="mx-auto max-w-screen-2xl space-y-4 p-4">
      <Loading what="the page" />
      <Skeleton className="h-7 w-56" />
      <Skeleton className="h-24 w-full" />
      <Skeleton className="h-64 w-full" />
    </main>
  );
}
