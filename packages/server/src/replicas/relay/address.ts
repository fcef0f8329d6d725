import type { NetworkInterfaceInfo } from "node:os";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, with the brackets of an IPv6 address. */
export function formatAddress({ host, port }: Address): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** The other way round; undefined when it is none. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  return host === undefined ? undefined : { host, port: Number(match?.[3]) };
}

/** Who listens on every address of its machine is reached at the first that others can reach. */
export function advertise(
  listening: Address,
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): Address {
  if (listening.host !== "0.0.0.0" && listening.host !== "::") return listening;
  const reachable = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && (family === "IPv4" || listening.host === "::"))
    .filter(({ address }) => !address.startsWith("fe80:")); // means something on its own link only
  const first = reachable.find(({ family }) => family === "IPv4") ?? reachable[0];
  return { host: first?.address ?? "127.0.0.1", port: listening.port };
}
