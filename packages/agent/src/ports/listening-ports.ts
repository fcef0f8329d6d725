import { readdir, readFile, readlink } from "node:fs/promises";
import type { Clock } from "@hearth/base";
import { type ListeningSocket, parseProcNet } from "#ports/proc-net.ts";

/** A port that a process of the workspace listens on, in the API's words. */
export interface ListeningPort {
  readonly process_name: string;
  readonly network: "tcp";
  readonly port: number;
}

/** Ports below are the agent's own, or reserved for it. */
export const firstPort = 9;
const cachedMs = 1000;

/**
 * The TCP ports that something in the workspace listens on: each once, in order, from {@link firstPort} up, without the
 * agent's own. The answer is at most a second old. A process whose name may not be read has an empty one.
 */
export class ListeningPorts {
  readonly #clock: Clock;
  readonly #proc: string;
  #cached: { readonly atMs: number; readonly ports: Promise<ListeningPort[]> } | undefined;

  /** `proc` is where the process file system is mounted. */
  constructor({ clock, proc = "/proc" }: { clock: Clock; proc?: string }) {
    this.#clock = clock;
    this.#proc = proc;
  }

  async list(): Promise<ListeningPort[]> {
    const nowMs = this.#clock.now();
    if (!this.#cached || nowMs - this.#cached.atMs >= cachedMs) this.#cached = { atMs: nowMs, ports: this.#read() };
    return await this.#cached.ports;
  }

  async #read(): Promise<ListeningPort[]> {
    const sockets = [...(await this.#table("tcp")), ...(await this.#table("tcp6"))];
    if (sockets.length === 0) return [];
    const own = await this.#inodesOf("self");
    const wanted = sockets.filter(({ port, inode }) => port >= firstPort && !own.has(inode));
    const names = await this.#namesByInode(new Set(wanted.map(({ inode }) => inode)));
    const ports = new Map<number, string>();
    for (const { port, inode } of wanted) ports.set(port, ports.get(port) || (names.get(inode) ?? ""));
    return [...ports]
      .toSorted(([a], [b]) => a - b)
      .map(([port, name]) => ({ process_name: name, network: "tcp", port }));
  }

  async #table(name: string): Promise<ListeningSocket[]> {
    try {
      return parseProcNet(await readFile(`${this.#proc}/net/${name}`, "utf8"));
    } catch {
      return []; // no IPv6, or no /proc in this sandbox
    }
  }

  async #namesByInode(inodes: ReadonlySet<string>): Promise<Map<string, string>> {
    const names = new Map<string, string>();
    if (inodes.size === 0) return names;
    const pids = (await readdir(this.#proc)).filter((name) => /^\d+$/.test(name));
    for (const pid of pids) {
      const held = [...(await this.#inodesOf(pid))].filter((inode) => inodes.has(inode));
      if (held.length === 0) continue;
      const name = await this.#nameOf(pid);
      for (const inode of held) if (!names.has(inode)) names.set(inode, name);
    }
    return names;
  }

  /** The sockets a process holds; none when it is gone or another user's. */
  async #inodesOf(pid: string): Promise<Set<string>> {
    const folder = `${this.#proc}/${pid}/fd`;
    const descriptors = await readdir(folder).catch((): string[] => []);
    const links = await Promise.all(descriptors.map((fd) => readlink(`${folder}/${fd}`).catch(() => "")));
    return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  }

  async #nameOf(pid: string): Promise<string> {
    return (await readFile(`${this.#proc}/${pid}/comm`, "utf8").catch(() => "")).trim();
  }
}
