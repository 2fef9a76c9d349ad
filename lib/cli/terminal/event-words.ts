import type { RunEvent } from '../../run/event.ts'
import { eventWords as wordsOf } from '../../run/event-words.ts'
import { spokenBytes, spokenDuration, spokenInstant } from './spoken-time.ts'

/** An event in a person's words: `started on worker-1, attempt 2`. */
export const eventWords = (event: RunEvent): string =>
  wordsOf(event, { bytes: spokenBytes, duration: spokenDuration, instant: spokenInstant })
