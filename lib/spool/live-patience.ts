const EVERY_CHUNKS = 100
const LONGEST = 5

/**
 * How long the first line of a chunk waits for more, after so many chunks of that log. Each is an object in the store: a run
 * that prints all day would make 86,400 of them in place of 18,000, and whoever follows it then is less in a hurry.
 */
export const livePatience = (firstMs: number, chunks: number): number =>
  firstMs * Math.min(LONGEST, 1 + Math.floor(chunks / EVERY_CHUNKS))
