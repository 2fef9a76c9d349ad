import { describe, expect, it } from 'vitest'
import { listProcesses, parsePsLine, readMemory, readProcess } from '../../lib/process/process-table.ts'

describe.runIf(process.platform === 'linux')('on Linux', () => {
  it('we are listed below our parent, with our CPU time and memory', async () => {
    const self = (await listProcesses()).find((one) => one.pid === process.pid)
    expect(self).toMatchObject({ ppid: process.ppid, isZombie: false })
    expect(self?.cpuSeconds).toBeGreaterThan(0)
    expect(readProcess('self')?.pid).toBe(process.pid)
    const memory = readMemory(process.pid)
    expect(memory?.peakBytes).toBeGreaterThanOrEqual(memory?.rssBytes ?? Infinity)
  })

  it('a process that is not there is null', () => {
    expect([readProcess(2 ** 30), readMemory(2 ** 30)]).toEqual([null, null])
  })
})

it.each([
  ['  501     1   501 Ss    1024   0:01.50', 1.5],
  ['501 1 501 R+ 1024 12:03.25', 723.25],
  ['501 1 501 S 1024 01:02:03', 3723],
  ['501 1 501 S 1024 2-01:00:00', 176_400],
])('the line “%s” of ps says %d s of CPU', (line, cpuSeconds) => {
  expect(parsePsLine(line)).toMatchObject({ pid: 501, ppid: 1, pgid: 501, rssBytes: 1_048_576, cpuSeconds })
})

it('a line of ps that is none is null', () => {
  expect(parsePsLine('')).toBeNull()
})
