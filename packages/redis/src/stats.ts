/** What became of the routes that were looked up since the store was wrapped, and how the cache is doing now. */
export interface CacheStats {
  /** Found in this process's memory. */
  readonly nearHits: number
  /** Found in Redis. */
  readonly redisHits: number
  /** Looked up in the store because the cache did not have them. */
  readonly misses: number
  /** Looked up in the store without asking the cache: inside a transaction, Redis is not to be had, or a deletion waits for it. */
  readonly bypasses: number
  /** Exchanges with Redis that failed, were refused or took too long. */
  readonly errors: number
  /** Values in Redis that were no entry of this store. */
  readonly foreign: number
  /** Routes put into Redis. */
  readonly fills: number
  /** Routes not put there after all, because something happened to their keys since they were read. */
  readonly refusedFills: number
  /** Routes that deletions of this process removed from Redis. */
  readonly invalidations: number
  /** Invalidations heard of from Redis, this process's own changes included. */
  readonly heard: number
  /** Deleted routes that Redis has yet to acknowledge; they are not looked up there meanwhile. */
  readonly condemned: number
  /** Routes in this process's memory. */
  readonly nearEntries: number
  /** Whether they may be served: Redis has proven lately that it would tell if one of them changed. */
  readonly nearTrusted: boolean
  /** Whether Redis is asked. */
  readonly redisAsked: boolean
}

/** The counters among them. */
export type Tally = {
  -readonly [K in keyof Omit<CacheStats, 'condemned' | 'nearEntries' | 'nearTrusted' | 'redisAsked'>]: number
}

export const newTally = (): Tally => ({
  nearHits: 0,
  redisHits: 0,
  misses: 0,
  bypasses: 0,
  errors: 0,
  foreign: 0,
  fills: 0,
  refusedFills: 0,
  invalidations: 0,
  heard: 0,
})
