/** How often several processes do the same at once. */
export const ROUNDS = 20
