const MIB = 1024 * 1024

/** What one output may have: S3's own limit. */
export const MAX_OUTPUT_BYTES = 5 * 1024 ** 4
const MIN_PART = 16 * MIB
const MAX_PARTS = 10_000

/** One part of a file that is sent in parts. */
export interface Part {
  /** From 1. */
  number: number
  bytes: number
}

/** How much each part but the last has: 16 MiB, or what makes it 10,000 parts at most, in whole MiB. */
export function partBytesOf(bytes: number): number {
  return Math.max(MIN_PART, Math.ceil(bytes / MAX_PARTS / MIB) * MIB)
}

/** How many parts a file of this length has. */
export function partCountOf(bytes: number): number {
  return Math.ceil(bytes / partBytesOf(bytes))
}

/** The parts of a file of this length that are not stored with the length they should have. */
export function missingParts(bytes: number, stored: Part[]): Part[] {
  const lengths = new Map(stored.map((part) => [part.number, part.bytes]))
  const missing: Part[] = []
  for (let number = 1; number <= partCountOf(bytes); number++) {
    const part = { number, bytes: lengthOf(bytes, number) }
    if (lengths.get(number) !== part.bytes) missing.push(part)
  }
  return missing
}

/** All but the last are of the same length. */
function lengthOf(bytes: number, number: number): number {
  const each = partBytesOf(bytes)
  return Math.min(each, bytes - (number - 1) * each)
}
