import { setImmediate } from 'node:timers/promises'
import type { LogRedactor, RedactedLog } from '../ports/log-redactor.ts'
import type { SecretScanner } from '../ports/secret-scanner.ts'
import { joinLines } from './joined-lines.ts'
import { findKeyBlocks } from './key-blocks.ts'
import { CODE, type LogRange, viewLog } from './log-view.ts'
import { findPersonalData } from './personal-data.ts'
import { secretPart } from './secret-part.ts'

/** Redacts what the scanner finds, private keys, and with `pii` e-mail addresses and numbers of payment cards. */
export function logRedactor(scanner: SecretScanner, { pii }: { pii: boolean }): LogRedactor {
  return {
    async redactLog(bytes, { inKey }) {
      const view = viewLog(bytes)
      const joined = joinLines(view)
      const keys = findKeyBlocks(view, inKey)
      // A line kept in pieces may be cut within a BEGIN.
      const joinedKeys = findKeyBlocks(joined.text, false)
      const ranges = keys.ranges.concat(
        joinedKeys.ranges.flatMap(joined.toLog),
        await findSecrets(scanner, view),
        (await findSecrets(scanner, joined.text)).flatMap(joined.toLog),
        pii ? findPersonalData(view) : [],
      )
      const endsInKey = keys.endsInKey || (joined.endsInPiece && joinedKeys.endsInKey)
      return { ...overwrite(bytes, view, ranges), endsInKey }
    },
  }
}

// Beginning a scan takes as long as reading 8 KB, and what there is to find takes time by its square.
const SCAN = 64 * 1024
const SCAN_AMONG_MANY = 8 * 1024
const MANY = 50
// What is longer than this, in a line that has to be cut, is perhaps not found.
const OVERLAP = 4 * 1024

async function findSecrets(scanner: SecretScanner, text: string): Promise<LogRange[]> {
  const found: LogRange[] = []
  let size = SCAN
  for (let at = 0, next = 0; at < text.length; at = next) {
    const window = text.slice(at, at + size)
    const lineEnd = at + size < text.length ? window.lastIndexOf('\n') + 1 : window.length
    next = at + (lineEnd || size - OVERLAP)
    const hits = await scanner.scan(window.slice(0, lineEnd || size))
    for (const hit of hits) {
      const part = secretPart(hit.rule, text, at + hit.start, at + hit.end)
      if (part) found.push(part)
    }
    // A chunk full of secrets takes seconds, in which others are to have their turn.
    await setImmediate()
    size = hits.length > MANY ? SCAN_AMONG_MANY : SCAN
  }
  return found
}

function overwrite(
  bytes: Uint8Array,
  view: string,
  ranges: LogRange[],
): Pick<RedactedLog, 'bytes' | 'redacted'> {
  if (ranges.length === 0) return { bytes, redacted: 0 }
  const out = Uint8Array.from(bytes)
  let redacted = 0
  let done = 0
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    let isNew = false
    for (let at = Math.max(start, done); at < end; at++) {
      if (WHITE_SPACE.has(view.charCodeAt(at)) || out[at] === STAR) continue
      out[at] = STAR
      isNew ||= start >= done
    }
    if (isNew) redacted++
    done = Math.max(done, end)
  }
  return redacted === 0 ? { bytes, redacted } : { bytes: out, redacted }
}

const STAR = 0x2a
const WHITE_SPACE = new Set([...` \t\r\n${CODE}`].map((character) => character.charCodeAt(0)))
