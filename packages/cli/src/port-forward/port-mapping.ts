/** A port here that is connected to a port in the workspace. */
export interface PortMapping {
  readonly host: string;
  readonly localPort: number;
  readonly remotePort: number;
}

export type ParsedMappings =
  | { readonly ok: true; readonly mappings: readonly PortMapping[] }
  | { readonly ok: false; readonly why: string };

/**
 * Reads what `--tcp` takes: `8080`, `8080:80`, `0.0.0.0:8080:80`, ranges `8000-8009:9000-9009`, several parted by
 * commas. Local port 0 takes a free one. IPv6 addresses stand in brackets.
 */
export function parsePortMappings(text: string): ParsedMappings {
  const mappings: PortMapping[] = [];
  for (const part of text.split(",")) {
    const match = /^(?:(\[[0-9a-f:.]+\]|[^:[\]]+):)?(\d+(?:-\d+)?)(?::(\d+(?:-\d+)?))?$/i.exec(part.trim());
    const [, host, localText = "", remoteText] = match ?? [];
    // "127.0.0.1:8080" is an address and a port; "8080:80" are two ports.
    if (match === null) return no(part);
    const isAddress = host !== undefined && !/^\d+(?:-\d+)?$/.test(host);
    const [localRange, remoteRange] =
      isAddress || host === undefined ? [localText, remoteText ?? localText] : [host, localText];
    if (!isAddress && host !== undefined && remoteText !== undefined) return no(part);
    const local = parseRange(localRange);
    const remote = parseRange(remoteRange);
    if (local === undefined || remote === undefined || remote.includes(0)) return no(part);
    if (local.length !== remote.length)
      return { ok: false, why: `"${part}" has ${local.length} ports here and ${remote.length} there.` };
    const address = isAddress ? host.replace(/^\[|\]$/g, "") : "127.0.0.1";
    for (const [index, localPort] of local.entries())
      mappings.push({ host: address, localPort, remotePort: remote[index] ?? localPort });
  }
  return { ok: true, mappings };
}

function no(part: string): ParsedMappings {
  return { ok: false, why: `"${part}" is no mapping of ports, like 8080, 8080:80 or 8000-8009:9000-9009.` };
}

function parseRange(text: string): number[] | undefined {
  const [first = Number.NaN, last = first] = text.split("-").map(Number);
  if (!(first <= last && last <= 65_535)) return undefined;
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
