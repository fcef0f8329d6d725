import { Card } from "../../ui/Card.tsx";
import { Loading, Skeleton } from "../../ui/Skeleton.tsx";

const rows = [72, 48, 60, 40, 56];

/** Rows or cards of the height of those that come. */
export function WorkspacesSkeleton({ isWide }: { isWide: boolean }) {
  return (
    <>
      <Loading what="workspaces" />
      {isWide ? (
        <Card className="divide-y divide-line">
          <div className="h-9" />
          {rows.map((width) => (
            <div key={width} className="flex h-12 items-center gap-8 px-4">
              <Skeleton className="h-4 w-4" />
              <span className="w-1/4">
                <Skeleton className="h-4 w-2/3" />
              </span>
              <Skeleton className="h-6 w-24 rounded-full" />
              <Skeleton className="h-4 grow" />
            </div>
          ))}
        </Card>
      ) : (
        <div className="space-y-2">
          {rows.map((width) => (
            <Card key={width} className="h-28 p-3">
              <Skeleton className="h-5 w-1/2" />
              <Skeleton className="mt-3 h-4 w-3/4" />
            </Card>
          ))}
        </div>
      )}
    </>
  );
}
