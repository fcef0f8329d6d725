/** Of this program; the same as in its package.json, which a test checks. */
export const version = "0.1.0";
