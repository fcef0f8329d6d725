import { openSession } from "#means/session.ts";
import { CliHome } from "./captured-run.ts";

/** A home in which somebody is logged in to a server. */
export async function loggedIn(client: { readonly url: string; readonly token: string | undefined }): Promise<CliHome> {
  const home = await CliHome.create();
  await openSession({}, {}, home.directory).save({ url: client.url, token: client.token ?? "" });
  return home;
}

/** Output with what differs from run to run taken out: times, ids, made-up names, and what a build's own log says. */
export function steady(text: string): string {
  return text
    .replaceAll(/\b\d+(?:\.\d+)? m?s\b/g, "N ms")
    .replaceAll(/\b(?:just now|\d+ seconds? ago)\b/g, "just now")
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UUID")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, "http://SERVER")
    .replaceAll(/\b[a-z]+_[a-z]+\d{1,2}\b/g, "VERSION")
    .replaceAll(/(?:^==>.*\n(?:^ {4}.*\n)*)+/gm, "(log of the build)\n");
}
