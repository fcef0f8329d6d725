import { entryPath, linkTarget, relativeTarget, shownName } from "./entry-path.ts";
import { ArchiveError, type ArchiveLimits } from "./limits.ts";

interface Directory {
  readonly kind: "directory";
  readonly path: string;
  readonly children: Map<string, Node>;
}
interface File {
  readonly kind: "file";
  readonly path: string;
  sizeBytes: number;
}
interface Link {
  readonly kind: "link";
  readonly path: string;
  /** From the root. */
  readonly target: string;
  /** What it leads to in the end, once that was asked. */
  end?: { readonly node: Directory | File; readonly hops: number };
}
type Node = Directory | File | Link;

/** How many links one path may pass through; Linux allows 40. */
const longestLinkChain = 40;

/**
 * What stands where in an archive: takes entries as a reader finds them, counts them, and refuses what must not be
 * unpacked. It holds names and sizes, no contents.
 */
export class EntryTree {
  readonly #limits: ArchiveLimits;
  readonly #root: Directory = { kind: "directory", path: "", children: new Map() };
  readonly #links: Link[] = [];
  #entries = 0;
  #totalBytes = 0;

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  /** Takes a file with the size that the archive says, before anything of it is unpacked. Gives its path. */
  addFile(raw: string, sizeBytes: number): string {
    const file: File = { kind: "file", path: this.#pathOf(raw), sizeBytes: 0 };
    this.#add(raw, file);
    this.#count(raw, sizeBytes);
    file.sizeBytes = sizeBytes;
    return file.path;
  }

  addDirectory(raw: string): string {
    const path = entryPath(raw, this.#limits);
    // The root itself is an entry of many tars.
    if (path === "") this.#take(raw);
    else this.#add(raw, { kind: "directory", path, children: new Map() });
    return path;
  }

  /** `target` is as a symbolic link spells it: relative to the directory that the link is in. Gives it from the root. */
  addSymbolicLink(raw: string, target: string): { path: string; target: string } {
    const path = this.#pathOf(raw);
    const resolved = linkTarget(path, target, this.#limits);
    if (resolved === undefined) {
      const why = `points outside the archive, at ${shownName(target)}`;
      throw new ArchiveError("unsafe_link", `The archive's link ${shownName(raw)} ${why}.`, { path: raw });
    }
    return this.#addLink(raw, path, resolved);
  }

  /** `target` is relative to the archive's root and must have come before. */
  addHardLink(raw: string, target: string): { path: string; target: string } {
    const path = this.#pathOf(raw);
    const resolved = linkTarget("", target, this.#limits);
    const kind = resolved === undefined ? undefined : this.#find(resolved)?.kind;
    if (resolved === undefined || kind !== "file") {
      const why = `points at ${shownName(target)}, which is no file before it in the archive`;
      throw new ArchiveError("unsafe_link", `The archive's hard link ${shownName(raw)} ${why}.`, { path: raw });
    }
    return this.#addLink(raw, path, resolved);
  }

  /**
   * Looks at the links, once all entries are there.
   * @throws ArchiveError `unsafe_link` for links that lead nowhere, through too many others, or to a directory they are in
   */
  checkLinks(): void {
    for (const link of this.#links) {
      const { node } = this.#resolve(link);
      if (node.kind === "directory" && (node.path === "" || link.path.startsWith(`${node.path}/`))) {
        throw unsafeLink(link.path, "points at a directory that it is in");
      }
    }
  }

  /**
   * The files that stand at the links' places when they are unpacked: each link's path, or paths below it, with the path
   * of the file. They count as if they were in the archive.
   * @throws ArchiveError as `checkLinks`; `too_big`; `unsafe_link` for a link to a directory that holds such links
   */
  copies(): Map<string, string> {
    this.checkLinks();
    const copies = new Map<string, string>();
    for (const link of this.#links) {
      const { node } = this.#resolve(link);
      if (node.kind === "file") this.#copy(copies, link.path, node);
      else this.#copyBelow(copies, link, node, link.path);
    }
    return copies;
  }

  #copyBelow(copies: Map<string, string>, link: Link, directory: Directory, at: string): void {
    for (const [name, child] of directory.children) {
      this.#take(link.path);
      const path = `${at}/${name}`;
      if (child.kind === "directory") {
        this.#copyBelow(copies, link, child, path);
        continue;
      }
      const file = child.kind === "link" ? this.#resolve(child).node : child;
      if (file.kind !== "file") throw unsafeLink(link.path, `leads to a link to a directory, ${shownName(child.path)}`);
      this.#copy(copies, path, file);
    }
  }

  #copy(copies: Map<string, string>, path: string, { path: of, sizeBytes }: File): void {
    this.#count(path, sizeBytes);
    copies.set(path, of);
  }

  #addLink(raw: string, path: string, target: string): { path: string; target: string } {
    const link: Link = { kind: "link", path, target };
    this.#add(raw, link);
    this.#links.push(link);
    return { path, target: relativeTarget(path, target) };
  }

  /** The path of what is no directory: not the root. */
  #pathOf(raw: string): string {
    const path = entryPath(raw, this.#limits);
    if (path === "") throw new ArchiveError("unsafe_path", "The archive's root is not a directory.", { path: raw });
    return path;
  }

  #add(raw: string, node: Node): void {
    this.#take(raw);
    const segments = node.path.split("/");
    const name = segments.pop() ?? "";
    let parent = this.#root;
    for (const segment of segments) {
      let next = parent.children.get(segment);
      if (next === undefined) {
        this.#take(raw);
        next = {
          kind: "directory",
          path: parent.path === "" ? segment : `${parent.path}/${segment}`,
          children: new Map(),
        };
        parent.children.set(segment, next);
      }
      if (next.kind !== "directory") throw below(node.path, next);
      parent = next;
    }
    const other = parent.children.get(name);
    if (other === undefined) parent.children.set(name, node);
    else if (other.kind !== "directory") {
      throw new ArchiveError("duplicate", `The archive holds ${shownName(node.path)} twice.`, { path: raw });
    } else if (node.kind !== "directory") {
      const [child] = other.children.values();
      if (child !== undefined) throw below(child.path, node);
      throw new ArchiveError("duplicate", `The archive holds ${shownName(node.path)} twice.`, { path: raw });
    }
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const segment of path.split("/")) {
      if (node?.kind !== "directory") return undefined;
      node = segment === "" ? node : node.children.get(segment);
    }
    return node;
  }

  /** The file or directory at the end of the links, through links among the directories on the way, too. */
  #resolve(link: Link, chain = 1): NonNullable<Link["end"]> {
    if (link.end) return link.end;
    if (chain > longestLinkChain) throw unsafeLink(link.path, "leads through too many links");
    let hops = 1;
    let node: Directory | File = this.#root;
    for (const segment of link.target.split("/")) {
      if (segment === "") continue;
      const next: Node | undefined = node.kind === "directory" ? node.children.get(segment) : undefined;
      if (next === undefined) throw unsafeLink(link.path, `points at nothing (${shownName(link.target)})`);
      if (next.kind !== "link") {
        node = next;
        continue;
      }
      const end = this.#resolve(next, chain + 1);
      hops += end.hops;
      if (hops > longestLinkChain) throw unsafeLink(link.path, "leads through too many links");
      node = end.node;
    }
    link.end = { node, hops };
    return link.end;
  }

  #take(raw: string): void {
    if (++this.#entries <= this.#limits.entries) return;
    const message = `The archive holds more than the ${this.#limits.entries} entries allowed, at ${shownName(raw)}.`;
    throw new ArchiveError("too_big", message, { path: raw, limit: "entries" });
  }

  #count(raw: string, sizeBytes: number): void {
    const { fileBytes, totalBytes } = this.#limits;
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
      throw new ArchiveError("broken", `The archive's file ${shownName(raw)} has no size that can be.`, { path: raw });
    }
    if (sizeBytes > fileBytes) {
      const message = `The archive's file ${shownName(raw)} is ${sizeBytes} bytes; at most ${fileBytes} are allowed.`;
      throw new ArchiveError("too_big", message, { path: raw, limit: "fileBytes" });
    }
    this.#totalBytes += sizeBytes;
    if (this.#totalBytes > totalBytes) {
      const message = `The archive unpacks to more than the ${totalBytes} bytes allowed, at ${shownName(raw)}.`;
      throw new ArchiveError("too_big", message, { path: raw, limit: "totalBytes" });
    }
  }
}

function unsafeLink(path: string, why: string): ArchiveError {
  return new ArchiveError("unsafe_link", `The archive's link ${shownName(path)} ${why}.`, { path });
}

/** Everything above an entry is a directory, whether the archive lists it or not. */
function below(path: string, above: Node): ArchiveError {
  const what = above.kind === "file" ? "a file" : "a link";
  const message = `The archive holds ${shownName(path)} below ${shownName(above.path)}, which is ${what}.`;
  return new ArchiveError("unsafe_path", message, { path });
}
