import { describe, expect, it } from 'vitest'
import { heldBytes, savedRatio, sumHeld, usedRatio } from '../../lib/run/storage.ts'

const held = (archiveBytes: number, originalBytes: number) => ({
  runs: 1,
  logBytes: 10,
  outputBytes: 20,
  archiveBytes,
  originalBytes,
})

describe('what storage holds', () => {
  it('adds up', () => {
    const sum = sumHeld([held(1, 2), held(3, 4)])
    expect(sum).toEqual({ runs: 2, logBytes: 20, outputBytes: 40, archiveBytes: 4, originalBytes: 6 })
    expect(heldBytes(sum)).toBe(64)
    expect(heldBytes(sumHeld([]))).toBe(0)
  })

  it('says what archives save, and nothing where there are none or they are larger', () => {
    expect(savedRatio(held(40, 100))).toBe(0.6)
    expect(savedRatio(held(0, 0))).toBeNull()
    expect(savedRatio(held(120, 100))).toBe(0)
  })

  it('says how full it is, where somebody has said what it may hold', () => {
    expect(usedRatio(80, 100)).toBe(0.8)
    expect(usedRatio(80, null)).toBeNull()
  })
})
