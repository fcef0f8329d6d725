/** Names the page in the browser's tab and history; React puts it where it belongs. */
export function Title({ children }: { children: string }) {
  return <title>{`${children} · Hearth`}</title>;
}
