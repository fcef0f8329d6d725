/** `-L` and `-R`: what listens at one end is connected to an address at the other. */
export interface Forward {
  /** `undefined` is the loopback address. */
  readonly bindHost: string | undefined;
  readonly bindPort: number;
  readonly host: string;
  readonly port: number;
}

/** Reads `[bind:]port:host:hostport`, IPv6 addresses in brackets; `undefined` when it is none. */
export function parseForward(text: string): Forward | undefined {
  const match = /^(?:(\[[0-9a-f:.]+\]|[^:[\]]*):)?(\d{1,5}):(\[[0-9a-f:.]+\]|[^:[\]]+):(\d{1,5})$/i.exec(text);
  if (match === null) return undefined;
  const [, bind, bindPortText, host = "", portText] = match;
  const bindPort = Number(bindPortText);
  const port = Number(portText);
  if (bindPort > 65_535 || port > 65_535 || port === 0) return undefined;
  const bindHost = bind === undefined ? undefined : bind === "*" ? "" : withoutBrackets(bind);
  return { bindHost, bindPort, host: withoutBrackets(host), port };
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}
