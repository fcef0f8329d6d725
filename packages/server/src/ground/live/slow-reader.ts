/** Who has not taken one message by then reads too slowly to be live: it is let go, and comes again where it was. */
export const slowMs = 60_000;
