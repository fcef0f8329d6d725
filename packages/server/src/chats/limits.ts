/** Every bound of chats, in one value that tests can change. @see spec/chat.md §2 */
export interface ChatLimits {
  /** Messages that may wait in a chat. */
  readonly queuedMessages: number;
  readonly labels: number;
  /** Messages of a page, and what a page has when nobody says. */
  readonly messagesPage: { readonly max: number; readonly usual: number };
  readonly promptsPage: { readonly max: number; readonly usual: number };
  readonly chatsPage: { readonly max: number; readonly usual: number };
  /** Code points of a title. */
  readonly titleLength: number;
  /** How often chats that nobody works on are looked for, and how many of them are taken at once. */
  readonly acquireEveryMs: number;
  readonly acquireBatch: number;
  /** How often all chats of a replica are looked at, behind what is announced. */
  readonly syncEveryMs: number;
  /** Requests to the model in one turn. */
  readonly steps: number;
  /** Tries of one request to the model, and the waits between them. */
  readonly modelAttempts: number;
  readonly retry: { readonly baseMs: number; readonly maxMs: number };
  /** How long a provider may ask to be left alone. */
  readonly longestRetryAfterMs: number;
  readonly dynamicToolsMs: number;
  /** JSON of one episode that is kept for whoever comes late, and for how long after its end. */
  readonly episodeBytes: number;
  readonly episodeKeptMs: number;
  /** JSON of one tool's result. */
  readonly toolResultBytes: number;
}

export const chatLimits: ChatLimits = {
  queuedMessages: 20,
  labels: 50,
  messagesPage: { max: 200, usual: 50 },
  promptsPage: { max: 2_000, usual: 500 },
  chatsPage: { max: 200, usual: 50 },
  titleLength: 200,
  acquireEveryMs: 1_000,
  acquireBatch: 10,
  syncEveryMs: 10_000,
  steps: 1_200,
  modelAttempts: 25,
  retry: { baseMs: 1_000, maxMs: 60_000 },
  longestRetryAfterMs: 300_000,
  dynamicToolsMs: 300_000,
  episodeBytes: 1_048_576,
  episodeKeptMs: 15_000,
  toolResultBytes: 131_072,
};
