import { expect, it } from 'vitest'
import { bufferCollector } from '../../lib/runtime/collect-buffers.ts'
import { until } from '../support/cli.ts'

const external = () => process.memoryUsage().external
const MB = 1_000_000

it('buffers that nobody has are collected once there are many of them', async () => {
  const collector = bufferCollector()
  const before = external()
  for (let round = 0; round < 5; round++) {
    for (let n = 0; n < 40; n++) Buffer.alloc(MB)
    // They are freed by another thread and counted later: it is looked again and again, as a server does.
    await until(() => {
      collector.look()
      return external() < before + 10 * MB
    }, 'the buffers to be gone')
  }
})

it('buffers that somebody has are kept', () => {
  const kept = Array.from({ length: 30 }, (_, n) => Buffer.alloc(MB, n))
  bufferCollector().look()
  expect(kept.map((buffer) => buffer[MB - 1])).toEqual(kept.map((_, n) => n))
})
