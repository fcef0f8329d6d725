import type { Client } from "@hearth/sdk";
import { createContext, use } from "react";

export const ClientContext = createContext<Client | undefined>(undefined);

/** The client of this page. */
export function useClient(): Client {
  const client = use(ClientContext);
  if (!client) throw new Error("useClient needs a ClientContext above it.");
  return client;
}
