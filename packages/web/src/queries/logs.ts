import { systemClock } from "@hearth/base";
import { useEffect, useState } from "react";
import type { ConnectionState } from "../streams/keep-connected.ts";
import { followLog, type FollowedLog, type LogSource } from "../streams/follow-log.ts";
import { emptyLog, type Log } from "../streams/log-lines.ts";
import { Store } from "../streams/store.ts";
import { useStore } from "../streams/use-store.ts";
import { useClient } from "./use-client.ts";

const notYet: FollowedLog = {
  log: new Store<Log>(emptyLog),
  connection: new Store<ConnectionState>({ phase: "connecting", attempt: 1 }),
};

/** A log as it grows, for as long as the component is there. Give the component a `key` of the source. */
export function useFollowedLog(source: LogSource): { log: Log; connection: ConnectionState } {
  const client = useClient();
  const [followed, setFollowed] = useState<FollowedLog>(notYet);
  // The source is a new object at each rendering, and always says the same.
  const [first] = useState(source);
  useEffect(() => {
    const stop = new AbortController();
    setFollowed(followLog({ client, clock: systemClock, source: first, signal: stop.signal }));
    return () => stop.abort();
  }, [client, first]);
  return { log: useStore(followed.log), connection: useStore(followed.connection) };
}
