import type { ReactNode } from "react";
import { errorWords } from "../words/error-words.ts";
import { cx } from "./class-names.ts";
import { Icon } from "./Icon.tsx";

/** What happened, what to do, and what to quote. */
export function ErrorNote({ error, action, className }: { error: unknown; action?: ReactNode; className?: string }) {
  const { title, advice, id } = errorWords(error);
  return (
    <div role="alert" className={cx("flex gap-3 rounded-md border border-bad/40 bg-bad-soft p-3", className)}>
      <Icon name="warning" className="mt-0.5 text-bad" />
      <div className="min-w-0 grow">
        <p className="font-medium text-bad">{title}</p>
        {advice !== undefined && <p className="mt-0.5">{advice}</p>}
        {id !== undefined && (
          <p className="mt-0.5 text-sm text-muted">
            Quote: <code className="font-mono break-all">{id}</code>
          </p>
        )}
      </div>
      {action}
    </div>
  );
}

/** A sentence above a form's button: what was refused that no field shows. */
export function FormError({ children }: { children: string | undefined }) {
  if (children === undefined) return null;
  return (
    <p role="alert" className="flex gap-2 rounded-md border border-bad/40 bg-bad-soft p-2.5 text-bad">
      <Icon name="warning" className="mt-0.5" />
      <span>{children}</span>
    </p>
  );
}
