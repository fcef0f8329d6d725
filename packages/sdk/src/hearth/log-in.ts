import { SetupError } from "./errors.ts";
import type { Surroundings } from "./surroundings.ts";

/** Which server to talk to, and as whom. */
export interface LogIn {
  /** Root of the server, without a slash at the end. */
  readonly url: string;
  /** Undefined in a browser, whose cookie says who asks. */
  readonly token: string | undefined;
}

/** What the program itself says of it. */
export interface GivenLogIn {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly configDirectory?: string | undefined;
}

/**
 * Finds address and token: what is given first, then the environment (`HEARTH_URL`, `HEARTH_SESSION_TOKEN`, else their
 * `CODER_…` names), then what `hearth login` has left in its directory. A saved token is used for the saved address alone. In a
 * browser it is the page's own server. What is not needed is not read.
 * @throws SetupError when nothing names a server, or says as whom
 */
export function findLogIn(given: GivenLogIn, around: Surroundings): LogIn {
  const { page } = around;
  if (page !== undefined) return { url: serverUrl(given.url ?? page.origin), token: given.token };
  const saved = savedFiles(given, around);
  const named = given.url ?? setting(around, "URL");
  const url = named === undefined ? saved.url() : serverUrl(named);
  if (url === undefined) {
    throw new SetupError(
      "No server is named: set HEARTH_URL and HEARTH_SESSION_TOKEN, give url and token, or log in with the command line.",
    );
  }
  const token = given.token ?? setting(around, "SESSION_TOKEN") ?? (url === saved.url() ? saved.token() : undefined);
  if (token !== undefined) return { url, token };
  throw new SetupError(
    `Nobody is logged in to ${url}: set HEARTH_SESSION_TOKEN, give a token, or log in with the command line.`,
  );
}

/** Both files of the command line's log-in. */
function savedFiles(given: GivenLogIn, around: Surroundings) {
  const directory = () => given.configDirectory ?? setting(around, "CONFIG_DIR") ?? defaultDirectory(around);
  const read = (name: string): string | undefined => {
    const where = directory();
    return where === undefined ? undefined : around.readText(`${where}/${name}`)?.trim() || undefined;
  };
  return {
    url: () => {
      const text = read("url");
      return text === undefined ? undefined : serverUrl(text);
    },
    token: () => read("session"),
  };
}

/** An empty variable counts as none. */
function setting({ variable }: Surroundings, name: string): string | undefined {
  return variable(`HEARTH_${name}`) || variable(`CODER_${name}`) || undefined;
}

function defaultDirectory({ variable, home }: Surroundings): string | undefined {
  const configured = variable("XDG_CONFIG_HOME");
  if (configured) return `${configured}/hearth`;
  const of = home();
  return of === undefined ? undefined : `${of}/.config/hearth`;
}

/**
 * An address as typed, as the root of a server: `hearth.example.com` is https, this machine http.
 * @throws SetupError when it is none
 */
export function serverUrl(text: string): string {
  const isHere = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/]|$)/i.test(text);
  const whole = /^https?:\/\//i.test(text) ? text : `${isHere ? "http" : "https"}://${text}`;
  let url: URL;
  try {
    url = new URL(whole);
  } catch (error) {
    throw new SetupError(`"${text}" is no address of a server, like https://hearth.example.com`, error);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}
