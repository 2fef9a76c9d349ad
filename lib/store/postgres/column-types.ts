/** What the drivers ask how a column's text is read. */
export interface TypeParsers {
  getTypeParser(oid: number, format?: 'text' | 'binary'): (text: never) => unknown
}

const INT8 = 20
const TIMESTAMPTZ = 1184

/**
 * Reads instants as ISO text and 64-bit integers as numbers, and the rest as the driver does. A run has two dozen of them,
 * and by way of a Date each takes longer than the rest of its row.
 */
export function columnTypes(driver: TypeParsers): TypeParsers {
  return {
    getTypeParser(oid, format = 'text') {
      if (format === 'text' && oid === TIMESTAMPTZ)
        return isoReader(driver.getTypeParser(TIMESTAMPTZ, format))
      // Ours are counts and bytes, which a number holds.
      if (format === 'text' && oid === INT8) return Number
      return driver.getTypeParser(oid, format)
    },
  }
}

type Read = (text: never) => unknown
const readers = new WeakMap<Read, (text: string) => string>()

/** `2026-11-21 10:30:00.12+00` as `2026-11-21T10:30:00.120Z`; what is not of our time and UTC, by the driver's way. */
function isoReader(read: Read): (text: string) => string {
  let reader = readers.get(read)
  if (reader === undefined) {
    reader = (text) => {
      if (text[10] !== ' ' || !text.endsWith('+00')) return (read(text as never) as Date).toISOString()
      return `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, -3).padEnd(3, '0').slice(0, 3)}Z`
    }
    readers.set(read, reader)
  }
  return reader
}
