/** 10000 as 10k, 1000000 as 1M, for titles. */
export const short = (size: number): string => (size < 1e6 ? `${size / 1e3}k` : `${size / 1e6}M`)
