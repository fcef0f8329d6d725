import { memo, useLayoutEffect, useRef, useState, type ReactNode } from "react";
import { useFollowedLog } from "../queries/logs.ts";
import type { ConnectionState } from "../streams/keep-connected.ts";
import type { LogSource } from "../streams/follow-log.ts";
import { groupLines, type LogLine } from "../streams/log-lines.ts";
import { cx } from "../ui/class-names.ts";
import { Loading, Skeleton } from "../ui/Skeleton.tsx";
import { duration } from "../words/duration.ts";

interface LogViewProps {
  source: LogSource;
  /** Names the log. */
  label: string;
  /** Said when it is complete and empty, or has nothing yet. */
  emptyWords: ReactNode;
  /** What a group is called; groups without a name have no heading. */
  groupName: (group: string) => string | undefined;
}

/** Lines that are drawn together: those out of sight cost nothing (`content-visibility`). */
const chunkSize = 200;

/** A log as it grows; it follows its end until somebody scrolls up. Give it a `key` of its source. */
export function LogView({ source, label, emptyWords, groupName }: LogViewProps) {
  const { log, connection } = useFollowedLog(source);
  const box = useRef<HTMLDivElement>(null);
  const [isFollowing, setFollowing] = useState(true);
  useLayoutEffect(() => {
    if (isFollowing) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [log, isFollowing]);

  function onScroll() {
    const { scrollTop, clientHeight, scrollHeight } = box.current ?? { scrollTop: 0, clientHeight: 0, scrollHeight: 0 };
    setFollowing(scrollHeight - scrollTop - clientHeight < 24);
  }

  return (
    <div className="relative">
      <div
        ref={box}
        role="region"
        aria-label={label}
        tabIndex={0}
        onScroll={onScroll}
        className="max-h-[min(60vh,40rem)] min-h-64 overflow-auto bg-sunken px-3 py-2 font-mono text-sm focus-visible:-outline-offset-2"
      >
        {log.lines.length === 0 && <Nothing isComplete={log.isComplete} connection={connection} words={emptyWords} />}
        {groupLines(log.lines, { areSteps: source.kind !== "agent" }).map((group) => (
          <section key={group.startId} className="not-first:mt-3">
            {groupName(group.name) !== undefined && (
              <h2 className="mb-1 flex items-baseline justify-between gap-4 border-b border-line pb-0.5 font-sans font-medium">
                {groupName(group.name)}
                {group.durationMs !== undefined && (
                  <span className="text-sm font-normal text-muted">{duration(group.durationMs)}</span>
                )}
              </h2>
            )}
            {chunks(group.lines).map((lines) => (
              <Chunk key={lines[0]?.id} lines={lines} length={lines.length} />
            ))}
          </section>
        ))}
        {connection.phase === "waiting" && log.lines.length > 0 && (
          <p className="font-sans text-warn">The log is cut off. It goes on when the server answers again.</p>
        )}
      </div>
      {!isFollowing && !log.isComplete && (
        <button
          type="button"
          onClick={() => setFollowing(true)}
          className="absolute right-5 bottom-3 rounded-full border border-line bg-raised px-3 py-1 font-medium shadow-float"
        >
          Follow the end
        </button>
      )}
    </div>
  );
}

function chunks(lines: readonly LogLine[]): (readonly LogLine[])[] {
  const count = Math.ceil(lines.length / chunkSize);
  return Array.from({ length: count }, (_, i) => lines.slice(i * chunkSize, (i + 1) * chunkSize));
}

const levels: Readonly<Record<LogLine["level"], string>> = {
  trace: "text-muted",
  debug: "text-muted",
  info: "",
  warn: "text-warn",
  error: "text-bad",
};

/** Lines only ever come at the end, so a chunk of the same first line and length is the same. */
const Chunk = memo(
  function Chunk({ lines }: { lines: readonly LogLine[]; length: number }) {
    return (
      <div className="[content-visibility:auto]" style={{ containIntrinsicSize: `auto ${lines.length * 20}px` }}>
        {lines.map((line) => (
          <div key={line.id} className="flex gap-3">
            <time dateTime={line.at} className="hidden shrink-0 text-muted select-none sm:inline">
              {new Date(line.at).toLocaleTimeString([], { hourCycle: "h23" })}
            </time>
            <span className={cx("min-w-0 break-words whitespace-pre-wrap", levels[line.level])}>
              {(line.level === "error" || line.level === "warn") && <span className="sr-only">{line.level}: </span>}
              {line.text || " "}
            </span>
          </div>
        ))}
      </div>
    );
  },
  (before, after) => before.lines[0]?.id === after.lines[0]?.id && before.length === after.length,
);

function Nothing(props: { isComplete: boolean; connection: ConnectionState; words: ReactNode }) {
  if (props.isComplete || props.connection.phase === "open") {
    return <p className="py-6 text-center font-sans text-muted">{props.words}</p>;
  }
  if (props.connection.phase === "waiting") {
    return <p className="py-6 text-center font-sans text-warn">The log cannot be read now. It is tried again.</p>;
  }
  return (
    <div className="space-y-2 py-1">
      <Loading what="the log" />
      <Skeleton className="h-4 w-1/3" />
      <Skeleton className="h-4 w-2/3" />
      <Skeleton className="h-4 w-1/2" />
    </div>
  );
}
