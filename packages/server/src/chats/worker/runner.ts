import { backoffMs, Scope, type Logger } from "@hearth/base";
import { createContext, type Context, type UserActor } from "../../access/index.ts";
import { findUserActor } from "../../identity/index.ts";
import type { ChatSnapshot, Decision } from "../machine/index.ts";
import type { ChangeGrant } from "../store/apply.ts";
import { readHistory } from "../store/history.ts";
import { FenceLost } from "../store/refused.ts";
import { readChat, type ChatRecord, type ChatRow } from "../store/rows.ts";
import { transitionChat, type TaskFence, type Transitioned } from "../store/transition.ts";
import type { ChatWork, HistoryRow, WorkDeps } from "./chat-work.ts";
import { decideEvent, type ChatState, type TaskKind } from "./decide-event.ts";
import { waitForResults } from "./tasks/deadline.ts";
import { generate } from "./tasks/generation.ts";
import { finishInterruption } from "./tasks/interrupt.ts";

const tasks: Readonly<Record<TaskKind, (deps: WorkDeps, work: ChatWork) => Promise<void>>> = {
  generation: generate,
  interrupt: finishInterruption,
  deadline: waitForResults,
};

const retryPolicy = { baseMs: 100, maxMs: 30_000 };

export interface RunnerDeps {
  readonly work: WorkDeps;
  readonly me: { readonly workerId: string; readonly runnerId: string };
  /** What a task acts with; its signal ends with the scope. */
  readonly contextOf: (signal: AbortSignal) => Context;
  readonly granted: ChangeGrant;
  readonly log: Logger;
  /** The chat is not this runner's any more. Once. */
  readonly onLeft: () => void;
}

/** What a row says of a chat's execution. Pure. */
export function stateOfRow(row: ChatRow): ChatState {
  return {
    snapshotVersion: row.snapshot_version,
    historyVersion: row.history_version,
    status: row.status,
    archived: row.archived,
    workerId: row.worker_id,
    runnerId: row.runner_id,
  };
}

/** What is known of the chat since the last task wrote it: the next goes on without a read. */
interface Known {
  readonly record: ChatRecord;
  readonly history: HistoryRow[] | undefined;
  readonly isAttemptRecorded: boolean;
}

/** Stands behind lost words of what an owner may do. */
const ownerKeptMs = 60_000;

/**
 * One activation of one chat on this replica: one task at a time, in the state that the chat is in. It hears of the chat,
 * decides (`decideEvent`), and does no reading or writing of its own; a task that is no longer wanted is cancelled and not
 * waited for. @see spec/chat.md §6.4
 */
export class ChatRunner {
  readonly #deps: RunnerDeps;
  readonly #scope: Scope;
  #seen: ChatState | undefined;
  #known: Known | undefined;
  #task: Scope | undefined;
  /** While a task writes, what is heard is most likely its own. */
  #writing = 0;
  #heardMeanwhile: ChatState | undefined;
  #hasLeft = false;
  #ownerHeard = 0;
  #owner: { readonly actor: UserActor | undefined; readonly untilMs: number } | undefined;

  constructor(deps: RunnerDeps, signal: AbortSignal) {
    this.#deps = deps;
    this.#scope = new Scope(signal);
  }

  /** What the owner may do has changed: it is asked again before the next thing is done. */
  forgetOwner(): void {
    this.#owner = undefined;
    this.#ownerHeard++;
  }

  /** Hears of the chat: from its row, or what was announced of it. */
  hear(state: ChatState): void {
    if (this.#hasLeft || this.#scope.signal.aborted) return;
    if (this.#writing > 0) {
      const { snapshotVersion = 0 } = this.#heardMeanwhile ?? {};
      if (state.snapshotVersion > snapshotVersion) this.#heardMeanwhile = state;
      return;
    }
    const reaction = decideEvent(this.#seen, this.#deps.me, state);
    if (reaction === "nothing") return;
    this.#seen = state;
    if (reaction === "leave") return this.leave();
    // Somebody else wrote it: what is known of it is old.
    this.#known = undefined;
    if (reaction !== "remember") this.#start(reaction.start, state);
  }

  /** Cancels whatever goes on. */
  stop(): void {
    this.#hasLeft = true;
    this.#scope.end();
  }

  /** The chat is another's, or nobody's: whatever goes on here ends. */
  leave(): void {
    if (this.#hasLeft) return;
    this.stop();
    this.#deps.onLeft();
  }

  #start(kind: TaskKind, { status, historyVersion }: ChatState): void {
    this.#task?.end();
    const task = new Scope(this.#scope.signal);
    this.#task = task;
    const fence = { status, historyVersion, runnerId: this.#deps.me.runnerId };
    void this.#run(kind, fence, task); // never rejects
  }

  async #run(kind: TaskKind, fence: TaskFence, task: Scope): Promise<void> {
    const { work: deps, log, granted } = this.#deps;
    const { signal } = task;
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        const known = this.#known ?? (await this.#read());
        // The chat went on, or is gone: what is heard of it says what to do.
        if (known === undefined || signal.aborted) return;
        const work = new TaskWork(this.#deps, fence, known, signal, {
          write: (write) => this.#write(write, task),
          owner: () => this.#findOwner(known.record.owner_id),
        });
        await tasks[kind](deps, work);
        if (!signal.aborted) this.#goOn(work.known);
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#known = undefined;
        if (error instanceof FenceLost) return await this.#lookAgain(signal);
        log.warn({ err: error, chatId: granted.object.id, task: kind, failures }, "a task of a chat failed");
        await deps.clock.sleep(backoffMs(retryPolicy, failures), { signal, tag: "chat-task" }).catch(() => undefined); // the task is over
      }
    }
  }

  async #read(): Promise<Known | undefined> {
    const record = await readChat(this.#deps.work.db, this.#deps.granted.object.id);
    return record && { record, history: undefined, isAttemptRecorded: false };
  }

  /** What was announced was lost: the row says how it stands. */
  async #lookAgain(signal: AbortSignal): Promise<void> {
    const { work, granted } = this.#deps;
    const record = await readChat(work.db, granted.object.id).catch(() => undefined); // the next look at all chats sees it
    if (signal.aborted) return;
    if (record === undefined) return this.leave();
    this.#seen = undefined;
    this.hear(stateOfRow(record));
  }

  /** The task has done what its state asked for: the next is that of the state that it led to. */
  #goOn(known: Known): void {
    const state = stateOfRow(known.record);
    const reaction = decideEvent(undefined, this.#deps.me, state);
    this.#seen = state;
    this.#known = known;
    if (reaction === "leave") return this.leave();
    if (typeof reaction === "object") this.#start(reaction.start, state);
  }

  async #findOwner(ownerId: string): Promise<UserActor | undefined> {
    const { db, clock } = this.#deps.work;
    if (this.#owner !== undefined && clock.now() < this.#owner.untilMs) return this.#owner.actor;
    const heard = this.#ownerHeard;
    const actor = await findUserActor(db, ownerId);
    // What was said while it was read may be newer.
    if (heard === this.#ownerHeard) this.#owner = { actor, untilMs: clock.now() + ownerKeptMs };
    return actor;
  }

  async #write(write: () => Promise<Transitioned>, task: Scope): Promise<Transitioned> {
    this.#writing++;
    let written: Transitioned | undefined;
    try {
      written = await write();
      return written;
    } finally {
      this.#writing--;
      if (written !== undefined && !task.signal.aborted) this.#seen = stateOfRow(written.record);
      const heard = this.#heardMeanwhile;
      this.#heardMeanwhile = undefined;
      if (heard !== undefined && this.#writing === 0) this.hear(heard);
    }
  }
}

/** What a task has of its runner. */
interface Hands {
  readonly write: (write: () => Promise<Transitioned>) => Promise<Transitioned>;
  readonly owner: () => Promise<UserActor | undefined>;
}

/** What a task knows and may do. */
class TaskWork implements ChatWork {
  readonly ctx: Context;
  readonly granted: ChangeGrant;
  readonly #deps: WorkDeps;
  readonly #fence: TaskFence;
  readonly #hands: Hands;
  known: Known;

  constructor(runner: RunnerDeps, fence: TaskFence, known: Known, signal: AbortSignal, hands: Hands) {
    this.ctx = runner.contextOf(signal);
    this.granted = runner.granted;
    this.#deps = runner.work;
    this.#fence = fence;
    this.#hands = hands;
    this.known = known;
  }

  get record(): ChatRecord {
    return this.known.record;
  }

  get isAttemptRecorded(): boolean {
    return this.known.isAttemptRecorded;
  }

  async owner(): Promise<Context | undefined> {
    const actor = await this.#hands.owner();
    return actor && createContext(actor, this.ctx.log, this.ctx.signal);
  }

  async history(): Promise<readonly HistoryRow[]> {
    const history = this.known.history ?? (await readHistory(this.#deps.db, this.granted));
    this.known = { ...this.known, history };
    return history;
  }

  async transition(
    decide: (chat: ChatSnapshot) => Decision,
    options: { watch?: "status_change" | "action_required" } = {},
  ): Promise<Transitioned> {
    const { record: known, history } = this.known;
    const before = known.history_version;
    const written = await this.#hands.write(() =>
      transitionChat(this.ctx, this.#deps, this.granted, decide, { ...options, known, fence: this.#fence }),
    );
    const { record, inserted } = written;
    const isLater = record.history_version !== before;
    this.known = {
      record,
      history: history && [...history, ...inserted.filter(({ visibility }) => visibility !== "user").map(asRow)],
      // Within the same history the attempt is used up by whoever recorded it; a later one has it with its commit.
      isAttemptRecorded: isLater && record.generation_attempt > 0,
    };
    return written;
  }
}

function asRow(row: Transitioned["inserted"][number]): HistoryRow {
  return { ...row, created_at: new Date(row.created_at) };
}
