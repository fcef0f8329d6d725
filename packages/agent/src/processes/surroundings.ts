/**
 * What a process that starts now gets: always the newest, so that after a claim whatever starts from then on belongs to
 * the new owner, while what runs keeps what it had.
 */
export interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  /** Absolute, and there: the manifest's directory, or the home directory when that does not exist. */
  readonly directory: string;
  /** Absolute path of the user's login shell. */
  readonly shell: string;
}
