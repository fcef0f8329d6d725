/** The one system user that owns every unclaimed prebuild. */
export const prebuildsUserId = "c42fdf75-3097-471c-8c33-fb52454d81c0";

/** Its name: `owner:prebuilds` lists the pool. */
export const prebuildsUserName = "prebuilds";

/** What clients gate on stands before the plus. */
export const compatibilityVersion = "v2.34.0";
