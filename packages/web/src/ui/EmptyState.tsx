import type { ReactNode } from "react";

interface EmptyStateProps {
  title: string;
  /** What would be here, and what it is for. */
  children: ReactNode;
  action?: ReactNode;
}

/** Nothing there yet: what this is, and the first step. */
export function EmptyState({ title, children, action }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center gap-3 px-6 py-12 text-center">
      <h2 className="text-lg font-semibold">{title}</h2>
      <div className="max-w-prose text-muted">{children}</div>
      {action}
    </div>
  );
}
