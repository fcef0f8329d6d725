import { useRouter } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, MouseEvent } from "react";

interface AppLinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  /** An address of `paths`. */
  href: string;
}

/**
 * A link to another page of the dashboard: a real one (it can be copied, opened in a new tab), that changes the page
 * without loading it anew. What it leads to is fetched when it is pointed at.
 */
export function AppLink({ href, onClick, ...props }: AppLinkProps) {
  const router = useRouter();
  function follow(event: MouseEvent<HTMLAnchorElement>) {
    onClick?.(event);
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (event.defaultPrevented || !isPlain || (props.target !== undefined && props.target !== "_self")) return;
    event.preventDefault();
    void router.navigate({ href });
  }
  function preload() {
    // A preload that fails is repeated, and its error told, when the link is followed.
    // `href` is what `navigate` takes, too; the type of `preloadRoute` knows only route ids.
    router.preloadRoute({ href } as never).catch(() => undefined);
  }
  return <a {...props} href={href} onClick={follow} onMouseEnter={preload} onFocus={preload} />;
}
