import type { ReactNode } from "react";

interface EmptyStateProps {
  title: string;
  /** It is all that is on the page. */
  isWholePage?: boolean;
  /** What would be here, and what it is for. */
  children: ReactNode;
  action?: ReactNode;
}

/** Nothing there yet: what this is, and the first step. */
export function EmptyState({ title, isWholePage = false, children, action }: EmptyStateProps) {
  const Heading = isWholePage ? "h1" : "h2";
  return (
    <div className="flex flex-col items-center gap-3 px-6 py-12 text-center">
      <Heading className="text-lg font-semibold">{title}</Heading>
      <div className="max-w-prose text-muted">{children}</div>
      {action}
    </div>
  );
}
