import { describe, expect, it } from 'vitest'
import { wrapText } from '../../../lib/cli/terminal/wrap-text.ts'

describe('a text in little room', () => {
  it('goes on below, where it began, and cuts no word', () => {
    expect(wrapText('it was restored, and is left alone', { width: 12, indent: 2 })).toBe(
      'it was\n  restored,\n  and is left\n  alone',
    )
    expect(wrapText('株式会社 株式会社 a', { width: 11, indent: 1 })).toBe('株式会社\n 株式会社 a')
    expect(wrapText('unbreakable', { width: 4, indent: 2 })).toBe('unbreakable')
  })

  it('stays as it is where there is no screen', () => {
    const text = 'a '.repeat(200)
    expect(wrapText(text, { width: undefined, indent: 2 })).toBe(text)
  })
})
