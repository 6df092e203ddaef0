/** A benchmark was asked for what there is not. The message says what there is. */
export class UsageError extends Error {}
