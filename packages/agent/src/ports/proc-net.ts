/** A TCP socket that listens, as `/proc/net/tcp` and `/proc/net/tcp6` list it. */
export interface ListeningSocket {
  readonly port: number;
  /** Leads to the processes that hold it. */
  readonly inode: string;
}

const listening = "0A";

/** The listening sockets of a table; lines that are none are passed over. Pure. @see proc_net_tcp in the kernel's docs */
export function parseProcNet(table: string): ListeningSocket[] {
  const sockets: ListeningSocket[] = [];
  for (const line of table.split("\n").slice(1)) {
    const fields = line.trim().split(/\s+/);
    const [, local = "", , state, , , , , , inode] = fields;
    const port = Number.parseInt(local.slice(local.lastIndexOf(":") + 1), 16);
    if (state === listening && inode !== undefined && port > 0) sockets.push({ port, inode });
  }
  return sockets;
}
