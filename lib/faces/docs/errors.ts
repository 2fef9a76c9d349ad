import type { ErrorCode } from '../../run/errors.ts'

/** What each code of a problem means to the one who gets it. */
export const ERRORS: Record<ErrorCode | 'internal', string> = {
  unauthorized: '401. Send a key, and one that is in use: `Authorization: Bearer rl_…`.',
  forbidden: '403. The key lacks the scope, or belongs to another project.',
  not_found: '404. There is none, or none that this key may see.',
  conflict: '409. The run is in a state that does not allow it; nothing was changed.',
  lease_lost:
    '409. The run is no longer held under this lease token. Stop working on it: another worker may have it.',
  needs_approval: '409. A person has to approve this first.',
  too_large: '413. The body is over the limit; send less at a time.',
  invalid:
    '422. Something must be changed; `errors` says what and where. (405: the path takes another method.)',
  limited: '429. Too many requests in this minute; try again after `Retry-After` seconds.',
  unavailable:
    '503. The database cannot be reached; try again after `Retry-After` seconds. What was asked may have happened: repeat it with the same idempotency key, id or claim id.',
  internal: '500. A fault of ours. Tell the operator the `requestId`.',
}
