import { AppLink } from "../../components/AppLink.tsx";
import { buttonClass } from "../../ui/Button.tsx";
import { Icon } from "../../ui/Icon.tsx";

interface PagerProps {
  /** From 1. */
  page: number;
  pageSize: number;
  /** Of all pages together. */
  count: number;
  hrefOf: (page: number) => string;
}

/** Where in a long list this is; nothing when all of it is shown. */
export function Pager({ page, pageSize, count, hrefOf }: PagerProps) {
  if (count <= pageSize && page === 1) return null;
  const last = Math.max(1, Math.ceil(count / pageSize));
  const from = Math.min(count, (page - 1) * pageSize + 1);
  const to = Math.min(count, page * pageSize);
  return (
    <nav aria-label="Pages" className="mt-3 flex items-center justify-end gap-2">
      <span className="text-muted">
        {from.toLocaleString()}–{to.toLocaleString()} of {count.toLocaleString()}
      </span>
      {page > 1 && (
        <AppLink
          href={hrefOf(Math.min(page, last + 1) - 1)}
          aria-label="Previous page"
          className={buttonClass("plain", true)}
        >
          <Icon name="chevronLeft" />
        </AppLink>
      )}
      {page < last && (
        <AppLink href={hrefOf(page + 1)} aria-label="Next page" className={buttonClass("plain", true)}>
          <Icon name="chevronRight" />
        </AppLink>
      )}
    </nav>
  );
}
