import type { SVGProps } from "react";

// Drawn on a grid of 16 with strokes of 1.5, in the colour of the text beside them.
const shapes = {
  check: <path d="m3.5 8.5 3 3 6-7" />,
  chevronDown: <path d="m4 6 4 4 4-4" />,
  chevronLeft: <path d="m10 4-4 4 4 4" />,
  chevronRight: <path d="m6 4 4 4-4 4" />,
  clock: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M8 5v3.2l2 1.3" />
    </>
  ),
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
      <path d="M3.5 10.5H3A1.5 1.5 0 0 1 1.5 9V3A1.5 1.5 0 0 1 3 1.5h6A1.5 1.5 0 0 1 10.5 3v.5" />
    </>
  ),
  cross: <path d="m4 4 8 8m0-8-8 8" />,
  dots: (
    <>
      <circle cx="3" cy="8" r=".75" fill="currentColor" />
      <circle cx="8" cy="8" r=".75" fill="currentColor" />
      <circle cx="13" cy="8" r=".75" fill="currentColor" />
    </>
  ),
  external: (
    <path d="M9.5 2.5h4v4m0-4-6 6m-1.5-5H4A1.5 1.5 0 0 0 2.5 5v7A1.5 1.5 0 0 0 4 13.5h7a1.5 1.5 0 0 0 1.5-1.5v-2" />
  ),
  flame: (
    <path d="M8 14.2c2.8 0 4.7-1.9 4.7-4.5 0-3-2.4-4.1-3-7.9-2 .9-2.8 2.7-2.6 4.3-.8-.3-1.3-1-1.5-1.7C4.2 5.7 3.3 7.5 3.3 9.7c0 2.6 1.9 4.5 4.7 4.5Z" />
  ),
  moon: <path d="M13 9.6A5.5 5.5 0 1 1 6.4 3a4.5 4.5 0 0 0 6.6 6.6Z" />,
  person: (
    <>
      <circle cx="8" cy="5.5" r="2.7" />
      <path d="M2.8 13.7c.5-2.6 2.6-4 5.2-4s4.7 1.4 5.2 4" />
    </>
  ),
  play: <path d="M5 3.3v9.4l7.5-4.7z" />,
  plus: <path d="M8 3v10M3 8h10" />,
  restart: <path d="M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3" />,
  screen: (
    <>
      <rect x="2" y="3" width="12" height="8" rx="1.5" />
      <path d="M6 13.5h4" />
    </>
  ),
  search: (
    <>
      <circle cx="7" cy="7" r="4.5" />
      <path d="m10.5 10.5 3.5 3.5" />
    </>
  ),
  spinner: <path d="M8 2.5A5.5 5.5 0 1 1 2.5 8" />,
  stop: <rect x="4" y="4" width="8" height="8" rx="1" />,
  sun: (
    <>
      <circle cx="8" cy="8" r="2.7" />
      <path d="M8 1.5v1.5m0 10v1.5M1.5 8H3m10 0h1.5M3.4 3.4l1.1 1.1m7 7 1.1 1.1m0-9.2-1.1 1.1m-7 7-1.1 1.1" />
    </>
  ),
  template: (
    <>
      <rect x="2.5" y="2.5" width="11" height="11" rx="1.5" />
      <path d="M2.5 6.5h11M6.5 6.5v7" />
    </>
  ),
  terminal: (
    <>
      <rect x="1.5" y="2.5" width="13" height="11" rx="1.5" />
      <path d="m4.5 6 2 2-2 2m4 0h3" />
    </>
  ),
  trash: <path d="M2.5 4.5h11m-7.5-2h4m-5.5 2 .6 8a1 1 0 0 0 1 1h3.8a1 1 0 0 0 1-1l.6-8" />,
  warning: <path d="M8 2.2 14.3 13.3H1.7zM8 6.5v3m0 1.8v.2" />,
} as const;

export type IconName = keyof typeof shapes;

/** A small picture beside a word that says the same: hidden from readers, so never alone. */
export function Icon({ name, size = 16, ...props }: { name: IconName; size?: number } & SVGProps<SVGSVGElement>) {
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      {...props}
      className={`shrink-0 ${props.className ?? ""}`}
    >
      {shapes[name]}
    </svg>
  );
}
