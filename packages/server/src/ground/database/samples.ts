// Values for the samples of statements: of the right type, and of nothing that is there.
export const sampleId = "00000000-0000-4000-8000-000000000000";
/** 2026-01-01, in milliseconds since the epoch. */
export const sampleMs = 1_767_225_600_000;
export const sampleBytes: Buffer = Buffer.from("sample");
