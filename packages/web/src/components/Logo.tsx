/** A house with a fire in it. */
export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" focusable="false" className="text-accent">
      <path d="M5 28V14L16 4l11 10v14h-6.5v-5.5a4.5 4.5 0 0 0-9 0V28z" fill="currentColor" />
    </svg>
  );
}
