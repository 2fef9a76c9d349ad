import { expect, it } from 'vitest'
import { toJson } from '../../../lib/cli/terminal/to-json.ts'

it('JSON keeps the order of our own fields, and puts what people wrote in one', () => {
  const run = {
    state: 'queued',
    id: 'x',
    input: { b: [{ d: 1, c: 2 }], a: null },
    labels: { z: '1', y: '2' },
  }
  expect(toJson([run])).toBe(
    '[{"state":"queued","id":"x","input":{"a":null,"b":[{"c":2,"d":1}]},"labels":{"y":"2","z":"1"}}]',
  )
})

it('JSON is one line without a control character, and means the same', () => {
  const value = { error: 'a\x1b[31m\n\u009b31m\u007f' }
  expect(toJson(value)).not.toMatch(/\p{Cc}/u)
  expect(JSON.parse(toJson(value))).toEqual(value)
})
