/** What stands before a file's bytes in a tar: its length is always a multiple of `BLOCK`. */
export function tarHead({
  name,
  bytes,
  modifiedAt,
}: {
  name: string
  bytes: number
  modifiedAt: string
}): Buffer {
  const extended = paxRecords(name, bytes)
  const mtime = Math.max(0, Math.floor(Date.parse(modifiedAt) / 1_000))
  const block = headBlock({ name: standIn(name), bytes: bytes > MOST_OCTAL ? 0 : bytes, mtime, type: FILE })
  if (extended.length === 0) return block
  const pax = headBlock({ name: standIn(`PaxHeader/${name}`), bytes: extended.length, mtime, type: PAX })
  return Buffer.concat([pax, extended, Buffer.alloc(padding(extended.length)), block])
}

/** Everything in a tar begins at a multiple of so many bytes. */
export const BLOCK = 512

/** How many zeros follow so many bytes. */
export const padding = (bytes: number) => (BLOCK - (bytes % BLOCK)) % BLOCK

/** What a tar ends with. */
export const END_BYTES = 2 * BLOCK

const FILE = '0'
const PAX = 'x'
const MOST_OCTAL = 0o77777777777
const NAME_BYTES = 100

/** What the block of the standard cannot say: names that are long or not ASCII, and files over 8 GiB. */
function paxRecords(name: string, bytes: number): Buffer {
  const records: string[] = []
  if (standIn(name) !== name) records.push(paxRecord('path', name))
  if (bytes > MOST_OCTAL) records.push(paxRecord('size', String(bytes)))
  return Buffer.from(records.join(''))
}

/** `{length} key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest + String(rest).length
  if (rest + String(length).length !== length) length = rest + String(length).length
  return `${length} ${key}=${value}\n`
}

/** A name as the block can hold it; for who reads no more than that. */
const standIn = (name: string) => name.replaceAll(/[^\x20-\x7e]/gu, '_').slice(0, NAME_BYTES)

function headBlock(of: { name: string; bytes: number; mtime: number; type: string }): Buffer {
  const block = Buffer.alloc(BLOCK)
  block.write(of.name, 0, 'latin1')
  block.write(octal(0o644, 7), 100)
  block.write(octal(0, 7), 108)
  block.write(octal(0, 7), 116)
  block.write(octal(of.bytes, 11), 124)
  block.write(octal(of.mtime, 11), 136)
  block.write(' '.repeat(8), 148)
  block.write(of.type, 156)
  block.write('ustar\x0000', 257, 'latin1')
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${octal(sum, 6)}\0 `, 148, 'latin1')
  return block
}

const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0')
