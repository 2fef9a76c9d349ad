import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeHome, startProcess } from '../support/cli.ts'

const PROGRAM = join(import.meta.dirname, 'programs/pack-and-check.ts')
const BYTES = 300_000_000
const MOST_BYTES = 200_000_000

it('an archive larger than the memory is made and checked in less than 200 MB', {
  timeout: 240_000,
}, async () => {
  const home = await makeHome()
  const file = join(home.path, 'large.tar.gz')
  try {
    const args = [PROGRAM, 'gzip', String(BYTES), file]
    const { code, stdout, stderr } = await startProcess(process.execPath, args).ended
    expect({ code, stderr }).toMatchObject({ code: 0 })
    const { parts, peakBytes } = JSON.parse(stdout)
    expect(parts).toBeGreaterThan(5)
    expect(peakBytes).toBeLessThan(MOST_BYTES)
  } finally {
    await rm(file, { force: true })
    await home.remove()
  }
})
