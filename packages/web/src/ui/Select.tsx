import type { SelectHTMLAttributes } from "react";
import { cx } from "./class-names.ts";
import { controlClass } from "./Field.tsx";
import { Icon } from "./Icon.tsx";

/** The browser's own list: it works with keyboard, readers and thumbs as people know it. */
export function Select({ className, ...props }: SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <span className="relative block">
      <select {...props} className={cx(controlClass, "h-9 appearance-none pr-8", className)} />
      <Icon name="chevronDown" className="pointer-events-none absolute top-2.5 right-2.5 text-muted" />
    </span>
  );
}
