/** bzip2's checksum of bytes: CRC-32 with the highest bit first. Begins with `CRC_START`, ends with `endCrc`. */
export function addToCrc(crc: number, byte: number): number {
  return (crc << 8) ^ (TABLE[(crc >>> 24) ^ byte] ?? 0)
}

export const CRC_START = -1
export const endCrc = (crc: number) => ~crc >>> 0

/** The checksum of a stream, with one more block's. */
export const addBlockCrc = (streamCrc: number, blockCrc: number) =>
  (((streamCrc << 1) | (streamCrc >>> 31)) ^ blockCrc) >>> 0

const POLYNOMIAL = 0x04c11db7
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ POLYNOMIAL : crc << 1
  return crc
})
