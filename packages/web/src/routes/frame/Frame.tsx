import { Outlet, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { useShortcuts } from "../../keys/use-shortcuts.ts";
import { paths } from "../../paths.ts";
import { ConnectionBar } from "./ConnectionBar.tsx";
import { Header } from "./Header.tsx";
import { HelpDialog } from "./HelpDialog.tsx";
import { Palette } from "./Palette.tsx";

/** What is around every page: header, connection, palette, shortcuts. */
export function Frame() {
  const router = useRouter();
  const [open, setOpen] = useState<"palette" | "help">();
  const go = (href: string) => void router.navigate({ href });
  useShortcuts({
    palette: () => setOpen("palette"),
    help: () => setOpen("help"),
    workspaces: () => go(paths.workspaces()),
    templates: () => go(paths.templates()),
    create: () => go(paths.newWorkspace()),
  });
  return (
    <>
      <div className="flex min-h-dvh flex-col">
        <a
          href="#main"
          className="sr-only z-50 rounded-md bg-accent px-3 py-1.5 text-on-accent focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
        >
          Skip to the page
        </a>
        <Header onSearch={() => setOpen("palette")} onHelp={() => setOpen("help")} />
        <ConnectionBar />
        <Outlet />
      </div>
      <Palette isOpen={open === "palette"} onClose={() => setOpen(undefined)} />
      <HelpDialog isOpen={open === "help"} onClose={() => setOpen(undefined)} />
    </>
  );
}
