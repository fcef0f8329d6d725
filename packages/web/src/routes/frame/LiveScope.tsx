import { Outlet, useRouteContext } from "@tanstack/react-router";
import { createContext, use, useEffect, useState } from "react";
import { LiveUpdates } from "../../queries/live-updates.ts";

const LiveContext = createContext<LiveUpdates | undefined>(undefined);

/** The updates that keep this page moving; undefined for the moment before they are begun. */
export function useLiveUpdates(): LiveUpdates | undefined {
  return use(LiveContext);
}

/** While somebody is logged in, what is on screen follows the server. */
export function LiveScope() {
  const { client, queryClient, clock } = useRouteContext({ from: "__root__" });
  const [live, setLive] = useState<LiveUpdates>();
  useEffect(() => {
    const updates = new LiveUpdates({ client, queryClient, clock, page: document });
    setLive(updates);
    return () => void updates[Symbol.asyncDispose]();
  }, [client, queryClient, clock]);
  return (
    <LiveContext value={live}>
      <Outlet />
    </LiveContext>
  );
}
