// Prints so many bytes in lines of a hundred, as a script does, and writes down how many ms that took since it was started.
import { writeFileSync } from 'node:fs'

const [, , bytes, tookFile] = process.argv
const words = 'the quick brown fox jumps over the lazy dog and goes home to sleep for a while until morning'
for (let line = 0; line < Number(bytes) / 100; line++) {
  const shift = line % words.length
  process.stdout.write(
    `${String(line).padStart(9, '0')} ${(words.slice(shift) + words.slice(0, shift)).slice(0, 89).padEnd(89, '.')}\n`,
  )
}
writeFileSync(tookFile, String(performance.now()))
