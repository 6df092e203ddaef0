/** What is acknowledged survives the end of the process; with `full` also the loss of power. */
export type Durability = 'normal' | 'full'
