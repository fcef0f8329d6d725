import { useLocation } from "@tanstack/react-router";
import { AppLink } from "../../components/AppLink.tsx";
import { paths } from "../../paths.ts";
import { cx } from "../../ui/class-names.ts";
import { Icon, type IconName } from "../../ui/Icon.tsx";
import { Kbd } from "../../ui/Kbd.tsx";
import { AccountMenu } from "./AccountMenu.tsx";
import { Logo } from "../../components/Logo.tsx";

const sections: readonly { href: string; label: string; icon: IconName; isHere: RegExp }[] = [
  { href: paths.workspaces(), label: "Workspaces", icon: "screen", isHere: /^\/(workspaces|@)/ },
  { href: paths.templates(), label: "Templates", icon: "template", isHere: /^\/templates/ },
];

export function Header({ onSearch, onHelp }: { onSearch: () => void; onHelp: () => void }) {
  const { pathname } = useLocation();
  return (
    <header className="sticky top-0 z-20 border-b border-line bg-surface">
      <div className="mx-auto flex h-12 max-w-screen-2xl items-center gap-1 px-3 sm:gap-2 sm:px-4">
        <AppLink
          href={paths.workspaces()}
          aria-label="Hearth"
          className="mr-1 flex items-center gap-2 rounded-md sm:mr-3"
        >
          <Logo />
          <span className="hidden text-lg font-semibold tracking-tight sm:block">Hearth</span>
        </AppLink>
        <nav aria-label="Main" className="flex gap-0.5 sm:gap-1">
          {sections.map(({ href, label, icon, isHere }) => (
            <AppLink
              key={href}
              href={href}
              aria-current={isHere.test(pathname) ? "page" : undefined}
              className={cx(
                "flex h-8 items-center gap-1.5 rounded-md px-2 font-medium transition-colors sm:px-2.5",
                isHere.test(pathname) ? "bg-pressed text-text" : "text-muted hover:bg-hover hover:text-text",
              )}
            >
              <Icon name={icon} className="hidden sm:block" />
              {label}
            </AppLink>
          ))}
        </nav>
        <div className="grow" />
        <button
          type="button"
          onClick={onSearch}
          className="flex h-8 items-center gap-2 rounded-md border border-line-strong/60 px-2 text-muted transition-colors hover:border-line-strong hover:text-text md:w-56"
        >
          <Icon name="search" />
          <span className="sr-only grow text-left md:not-sr-only">Find or do…</span>
          <span aria-hidden="true" className="hidden md:block">
            <Kbd>{/Mac|iP/.test(navigator.platform) ? "⌘ K" : "Ctrl K"}</Kbd>
          </span>
        </button>
        <AccountMenu onHelp={onHelp} />
      </div>
    </header>
  );
}
